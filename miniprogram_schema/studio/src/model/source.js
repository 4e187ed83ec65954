/** Small pieces of expression text: a value as it is written, a path as it is read, a loop. */

/** A value as an expression writes it. */
export function sourceOf(value) {
  return typeof value === 'string' ? quoted(value) : JSON.stringify(value ?? null);
}

function quoted(text) {
  const marks = { "'": "\\'", '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };
  return `'${text.replace(/['\\\n\r\t]/g, (mark) => marks[mark])}'`;
}

/** `$query.stories.data` of a tree of member accesses by name, else ''. */
export function pathOf(tree) {
  if (tree?.type === 'Identifier') return tree.name;
  if (tree?.type !== 'MemberExpression' || tree.computed) return '';
  const object = pathOf(tree.object);
  return object && `${object}.${tree.property.name}`;
}

const LOOP = /^\s*\(\s*([A-Za-z_]\w*)\s*,\s*([A-Za-z_]\w*)\s*\)\s+in\s+([\s\S]+)$/;
const SHORT_LOOP = /^\s*([A-Za-z_]\w*)\s+in\s+([\s\S]+)$/;

/** {item, index, list} of `(item, i) in list`, or null. */
export function loopOf(text) {
  const long = LOOP.exec(text ?? '');
  if (long) return { item: long[1], index: long[2], list: long[3].trim() };
  const short = SHORT_LOOP.exec(text ?? '');
  return short ? { item: short[1], index: '', list: short[2].trim() } : null;
}

export function loopText({ item, index, list }) {
  return `(${item}, ${index || 'i'}) in ${list}`;
}
