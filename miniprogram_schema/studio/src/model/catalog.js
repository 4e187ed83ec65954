/** The blocks there are, from their metas: found by name, put in categories, searched. */
const CATEGORIES = [
  '版面', '文字图片', '按钮导航', '数据', '表单', '心情', '计划', '安全', '聊天', '故事', '倾诉台',
];

/** `mood-picker` → `MoodPicker`, as CALS names components. */
export function componentName(folder) {
  return folder.replace(/(^|-)(\w)/g, (_, __, letter) => letter.toUpperCase());
}

/** @param {object[]} metas as in components/<name>/meta.json */
export function createCatalog(metas) {
  const blocks = metas.map((meta) => ({
    component: componentName(meta.name),
    name: meta.name,
    title: meta.meta.title,
    category: meta.meta.category,
    description: meta.meta.description ?? '',
    words: [meta.meta.title, meta.name, meta.meta.category, meta.meta.description, meta.meta.keyWords]
      .flat().filter(Boolean).join(' ').toLowerCase(),
    isHidden: Array.isArray(meta.meta.visible) && meta.meta.visible.length === 0,
    isContainer: Boolean(meta.isContainer),
    properties: meta.data?.properties ?? {},
    events: meta.events ?? [],
  }));
  const byComponent = new Map(blocks.map((block) => [block.component, block]));
  return {
    blocks,
    of: (node) => byComponent.get(node?.component) ?? null,
    titleOf: (node) => byComponent.get(node?.component)?.title ?? node?.component ?? '',
    canHold: (node) => Boolean(byComponent.get(node?.component)?.isContainer),
    search: (text) => grouped(blocks.filter((block) => !block.isHidden && matches(block, text))),
  };
}

/** Every word of the search stands somewhere in the block's names. */
function matches(block, text) {
  return text.toLowerCase().split(/\s+/).every((word) => block.words.includes(word));
}

function grouped(blocks) {
  const others = [...new Set(blocks.map((block) => block.category))];
  const names = [...new Set([...CATEGORIES, ...others])];
  return names
    .map((name) => ({ name, blocks: blocks.filter((block) => block.category === name) }))
    .filter((group) => group.blocks.length > 0);
}

/** What a block is called in the tree: its own label, or its title and the first words in it. */
export function nameOf(node, catalog) {
  if (node.label) return node.label;
  const title = catalog.titleOf(node);
  const told = ['title', 'text', 'label', 'name']
    .map((key) => node.attributes?.[key])
    .find((value) => typeof value === 'string' && value.trim());
  return told ? `${title}「${shortened(told)}」` : title;
}

export function shortened(text, length = 14) {
  const letters = [...String(text).trim().replace(/\s+/g, ' ')];
  return letters.length > length ? `${letters.slice(0, length).join('')}…` : letters.join('');
}
