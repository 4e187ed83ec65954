/** The commands of keys, buttons and menus on the selected block. */
import { copyText } from '../model/clipboard.js';
import * as commands from '../model/commands.js';

const HELD = 'studio.clipboard';

/** @param {import('./editor.js').Editor} editor */
export function actionsOf(editor) {
  const { catalog, server } = editor;
  const run = (command, ...more) => () =>
    editor.apply(command(editor.page, editor.state.selected, ...more, catalog));

  /** The text for the clipboard, also kept here: a page without https may not write the clipboard. */
  function copied() {
    const node = editor.selected;
    if (!node) return '';
    const text = copyText(editor.page, node);
    server.store.set(HELD, text);
    editor.tell('复制好了，可以粘贴到别的页面');
    return text;
  }

  const write = (text) => {
    if (text) navigator.clipboard?.writeText(text).catch(() => {});
  };
  const pasted = (text) =>
    editor.apply(commands.paste(editor.page, editor.state.selected, text ?? '', catalog));

  return {
    undo: () => editor.undo(),
    redo: () => editor.redo(),
    remove: run(commands.removeNode),
    duplicate: run(commands.duplicate),
    up: run(commands.shift, -1),
    down: run(commands.shift, 1),
    nest: run(commands.nest),
    unnest: run(commands.unnest),
    copied,
    cutText() {
      const text = copied();
      if (text) run(commands.removeNode)();
      return text;
    },
    copy: () => write(copied()),
    cut() {
      write(this.cutText());
    },
    paste: () => pasted(server.store.get(HELD)),
    pasteText: (text) => pasted(text || server.store.get(HELD)),
    save: () => editor.autosave.flush().then((isSaved) => editor.tell(isSaved ? '已保存' : '')),
    escape: () => editor.select(''),
    add: (block, place) =>
      editor.apply(commands.add(editor.page, block, place ?? commands.placeAfter(editor.page, editor.state.selected, catalog), catalog)),
    drop: (id, place) => editor.apply(commands.drop(editor.page, id, place, catalog)),
  };
}
