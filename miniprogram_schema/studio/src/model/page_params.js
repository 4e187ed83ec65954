/** What is taken along to another page: `{story: item.story}`, as rows of a menu and back. */
import { treeOf } from './expression.js';
import { pathOf, sourceOf } from './source.js';

/** @returns {{key: string, value: string}[]|null} null where the menu could not have made it */
export function rowsOf(text) {
  if (!text) return [];
  const tree = treeOf(text);
  if (tree?.type !== 'ObjectExpression') return null;
  const rows = tree.properties.map(({ key, value }) => ({ key, value: valueText(value) }));
  return rows.every((row) => row.value) ? rows : null;
}

function valueText(tree) {
  return tree.type === 'Literal' ? sourceOf(tree.value) : pathOf(tree);
}

/** A row that has no value yet is an empty text. */
export function paramsText(rows) {
  return rows.length ? `{${rows.map(({ key, value }) => `${key}: ${value || "''"}`).join(', ')}}` : '';
}
