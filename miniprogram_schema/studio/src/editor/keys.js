/** Which key does what: one table for the keyboard of the studio and of the frame, and for the help. */
export const KEYS = [
  { keys: ['Ctrl+Z'], command: 'undo', told: '撤销' },
  { keys: ['Ctrl+Y', 'Ctrl+Shift+Z'], command: 'redo', told: '重做' },
  { keys: ['Ctrl+C'], command: 'copy', told: '复制选中的组件' },
  { keys: ['Ctrl+X'], command: 'cut', told: '剪切' },
  { keys: ['Ctrl+V'], command: 'paste', told: '粘贴到选中的组件里或后面' },
  { keys: ['Ctrl+D'], command: 'duplicate', told: '再来一份' },
  { keys: ['Ctrl+S'], command: 'save', told: '马上保存' },
  { keys: ['Delete', 'Backspace'], command: 'remove', told: '删除' },
  { keys: ['Alt+ArrowUp'], command: 'up', told: '往前移' },
  { keys: ['Alt+ArrowDown'], command: 'down', told: '往后移' },
  { keys: ['Alt+ArrowRight'], command: 'nest', told: '放进前面的容器' },
  { keys: ['Alt+ArrowLeft'], command: 'unnest', told: '移到容器外面' },
  { keys: ['Escape'], command: 'escape', told: '取消选中' },
];
export const OTHER_KEYS = [
  ['结构里 ↑ ↓', '看上一个、下一个组件'], ['结构里 ← →', '收起、展开'], ['结构里 Enter', '去改它的属性'],
  ['组件里 Enter', '加到选中的组件里或后面'], ['/', '找组件'], ['F6', '在组件、结构、画布、属性之间走'],
];
const IN_FIELDS = new Set(['save', 'escape']);

/** `Ctrl+Shift+Z` of a key event; ⌘ counts as Ctrl. */
export function nameOfKey({ key, ctrlKey, metaKey, shiftKey, altKey }) {
  const letter = key.length === 1 ? key.toUpperCase() : key;
  return [ctrlKey || metaKey ? 'Ctrl' : '', altKey ? 'Alt' : '', shiftKey ? 'Shift' : '', letter].filter(Boolean).join('+');
}

/** The command of a key, or ''. In a field for text only those that mean nothing to the text. */
export function commandOf(event, isInField) {
  const name = nameOfKey(event);
  const command = KEYS.find((one) => one.keys.includes(name))?.command ?? '';
  return isInField && !IN_FIELDS.has(command) ? '' : command;
}

export function isField(element) {
  return Boolean(element?.closest?.('textarea, select, [contenteditable], input:not([type=checkbox]):not([type=radio])'));
}
