/**
 * Blocks as text, so that they can be pasted into another page, another window, or a mail. The text is
 * a piece of a CALS page: the blocks, and the queries and variables that they read.
 */
import { idsOf, renewed } from './ids.js';
import { MODULE, datasetOf, withDataset } from './page.js';

/** The text of one block, with what it needs from the page. */
export function copyText(page, node) {
  const text = JSON.stringify(node);
  const read = (part, root) => Object.fromEntries(
    Object.entries(datasetOf(page, part)).filter(([name]) => mentions(text, root, name)),
  );
  const dataset = { query: read('query', '$query'), state: read('state', '$page.state') };
  return JSON.stringify({ module: MODULE, items: [node], dataset }, null, 2);
}

function mentions(text, root, name) {
  const isMember = new RegExp(`${escaped(root)}\\.${escaped(name)}(?![A-Za-z0-9_])`).test(text);
  return isMember || text.includes(`"name":${JSON.stringify(name)}`);
}

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** What the text holds as {items, dataset}; null if it is none of ours. */
export function readText(text) {
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const items = Array.isArray(value) ? value : (value?.items ?? [value]);
  const isBlock = (item) => typeof item?.component === 'string' && item.component !== 'Page';
  if (!Array.isArray(items) || items.length === 0 || !items.every(isBlock)) return null;
  return { items, dataset: value.dataset ?? {} };
}

/** The blocks under new ids, and the page with the queries and variables it did not have yet. */
export function adopted(page, { items, dataset }, random) {
  const used = idsOf(page);
  const withMissing = ['query', 'state'].reduce(
    (next, part) => withDataset(next, part, (held) => ({ ...dataset[part], ...held })),
    page,
  );
  return { page: withMissing, nodes: items.map((node) => renewed(node, used, random)) };
}
