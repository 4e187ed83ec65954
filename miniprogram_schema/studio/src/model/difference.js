/**
 * What differs between two pages, in words that a coordinator reads: a list of
 * {kind: 'added'|'removed'|'moved'|'changed', id, text, was?, now?}. `id` is a block of the newer page
 * (of the older for 'removed'), '' for the page itself.
 */
import { nameOf } from './catalog.js';
import { entryDifferences, ownDifferences } from './differences_in.js';
import { datasetOf } from './page.js';
import { find, walk } from './tree.js';
import { stayers } from './order.js';

/** @returns {{kind: string, id: string, text: string, was?: string, now?: string}[]} */
export function differences(older, newer, catalog, methods = []) {
  const before = index(older);
  const after = index(newer);
  return [
    ...ownDifferences(older, newer, null, methods).map((one) => changed('', '页面', one)),
    ...['state', 'params', 'query'].flatMap((part) =>
      entryDifferences(part, datasetOf(older, part), datasetOf(newer, part))),
    ...added(newer, before, catalog),
    ...moved(older, newer, before, after, catalog),
    ...[...after.values()].filter(({ node }) => before.has(node.id)).flatMap(({ node }) =>
      ownDifferences(before.get(node.id).node, node, catalog.of(node), methods)
        .map((one) => changed(node.id, nameOf(node, catalog), one))),
    ...removed(older, after, catalog),
  ];
}

const index = (page) => new Map([...walk(page)].map((found) => [found.node.id, found]));

function changed(id, name, { title, was, now }) {
  return { kind: 'changed', id, text: `改了${name}的${title}`, was, now };
}

/** A block that came or went with all in it is told once, by the outermost. */
function outermost(page, other) {
  return [...walk(page)].filter(({ node, parent }) => !other.has(node.id) && (!parent || other.has(parent)));
}

function added(newer, before, catalog) {
  return outermost(newer, before).map(({ node, parent }) => ({
    kind: 'added', id: node.id, text: `加了${nameOf(node, catalog)}${inside(node)}${holder(newer, parent, catalog)}`,
  }));
}

function removed(older, after, catalog) {
  return outermost(older, after).map(({ node }) => ({
    kind: 'removed', id: node.id, text: `删除了${nameOf(node, catalog)}${inside(node)}`,
  }));
}

function inside(node) {
  const count = [...walk({ items: node.items ?? [] })].length;
  return count ? `（连同里面的 ${count} 个组件）` : '';
}

const holder = (page, parent, catalog) => (parent ? `，在${nameOf(find(page, parent), catalog)}里` : '');

/** Of siblings that stayed siblings only those are told that left the common order. */
function moved(older, newer, before, after, catalog) {
  const told = [];
  const parents = new Set([...after.values()].map(({ parent }) => parent));
  for (const parent of parents) {
    const kept = [...after.values()].filter((one) => one.parent === parent && before.get(one.node.id)?.parent === parent);
    const calm = stayers(kept.map(({ node }) => before.get(node.id).index));
    kept.forEach(({ node }, at) => {
      if (!calm.has(at)) told.push({ kind: 'moved', id: node.id, text: `移动了${nameOf(node, catalog)}` });
    });
  }
  for (const { node, parent } of after.values()) {
    const old = before.get(node.id);
    if (!old || old.parent === parent) continue;
    const to = parent ? `到${nameOf(find(newer, parent), catalog)}里` : '到最外层';
    told.push({ kind: 'moved', id: node.id, text: `移动了${nameOf(node, catalog)}${to}` });
  }
  return told;
}
