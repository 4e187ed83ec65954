/**
 * Two people changed one page: my changes put on top of theirs. What only one of them changed is taken
 * from that one; where both changed the same property, mine stands. Nothing disappears that one of
 * them has worked on: a block that one removed and the other changed stays.
 */
import { same } from './differences_in.js';
import { idsOf, renewed } from './ids.js';
import { itemsOf, locate, update, walk } from './tree.js';

/** @param {object} base what both began from. @returns {object} the page with both changes */
export function merged(base, mine, theirs) {
  const own = apart(base, mine, theirs);
  const sides = { base: index(base), mine: index(own), theirs: index(theirs) };
  const parents = parentsOf(sides);
  const made = (parent) => ordered(parent, base, own, theirs)
    .filter((id) => parents.get(id) === parent)
    .map((id) => withItems(ownPart(id, sides), made(id)));
  const page = { ...mergedPart(base, own, theirs), dataset: mergedDataset(base, own, theirs) };
  return { ...page, items: adrift(made(''), parents, sides, made) };
}

const index = (page) => new Map([...walk(page)].map((found) => [found.node.id, found]));
const withItems = (node, items) => (node.items || items.length ? { ...node, items } : node);

/** Where both made a new block under one id, mine takes another id. */
function apart(base, mine, theirs) {
  const [old, other] = [index(base), index(theirs)];
  const used = new Set([...idsOf(mine), ...idsOf(theirs)]);
  return [...walk(mine)].reduce((page, { node }) => {
    const isTwice = other.has(node.id) && !old.has(node.id) && !same(other.get(node.id).node, node);
    return isTwice && locate(page, node.id) ? update(page, node.id, (held) => renewed(held, used)) : page;
  }, mine);
}

/** Where each block of the result stands: mine if I moved or made it, else theirs. */
function parentsOf({ base, mine, theirs }) {
  const parents = new Map();
  for (const id of new Set([...theirs.keys(), ...mine.keys()])) {
    const [old, my, their] = [base.get(id), mine.get(id), theirs.get(id)];
    if (!my && old && !isChanged(old, their)) continue;
    if (!their && old && !isChanged(old, my)) continue;
    const isMine = my && (!their || !old || my.parent !== old.parent);
    parents.set(id, (isMine ? my : their).parent);
  }
  return parents;
}

function isChanged(old, now) {
  return !same({ ...old.node, items: null }, { ...now.node, items: null }) || !sameItems(old, now);
}

const sameItems = (old, now) =>
  (now.node.items ?? []).every((item) => old.node.items?.some((one) => one.id === item.id));

/** The ids below a parent: in my order if I changed it, with theirs slipped in, else the other way. */
function ordered(parent, base, mine, theirs) {
  const ids = (page) => itemsOf(page, parent).map((node) => node.id);
  const common = ids(base).filter((id) => ids(mine).includes(id));
  const isSame = same(common, ids(mine).filter((id) => common.includes(id)));
  return isSame ? woven(ids(theirs), ids(mine)) : woven(ids(mine), ids(theirs));
}

function woven(first, second) {
  const woven = [...first];
  second.forEach((id, at) => {
    if (woven.includes(id)) return;
    const before = second.slice(0, at).reverse().find((one) => woven.includes(one));
    woven.splice(before === undefined ? 0 : woven.indexOf(before) + 1, 0, id);
  });
  return woven;
}

/** What lost its holder, or holds itself after both moved, comes back at the end of the page. */
function adrift(items, parents, sides, made) {
  const reached = new Set([...walk({ items })].map(({ node }) => node.id));
  const lost = [...parents.keys()].filter((id) => !reached.has(id));
  const isOuter = (id) => !lost.includes(parents.get(id)) || parents.get(id) === id;
  const outer = lost.filter(isOuter);
  const roots = outer.length || lost.length === 0 ? outer : [lost[0]];
  roots.forEach((id) => parents.set(id, ''));
  return [...items, ...roots.map((id) => withItems(ownPart(id, sides), made(id)))];
}

function ownPart(id, { base, mine, theirs }) {
  const [old, my, their] = [base, mine, theirs].map((side) => side.get(id)?.node);
  if (!my || !their) return my ?? their;
  return mergedPart(old ?? {}, my, their);
}

function mergedPart(base, mine, theirs) {
  const part = mergedKeys(base, mine, theirs);
  for (const key of ['attributes', 'directives']) {
    if (mine[key] || theirs[key]) part[key] = mergedKeys(base[key] ?? {}, mine[key] ?? {}, theirs[key] ?? {});
  }
  if (mine.listeners || theirs.listeners) part.listeners = mergedList(base.listeners, mine.listeners, theirs.listeners);
  return part;
}

function mergedKeys(base, mine, theirs) {
  const kept = {};
  for (const key of new Set([...Object.keys(theirs), ...Object.keys(mine)])) {
    const from = same(mine[key], base[key]) ? theirs : mine;
    if (Object.hasOwn(from, key)) kept[key] = from[key];
  }
  return kept;
}

function mergedList(base = [], mine = [], theirs = []) {
  const keyed = (list) => Object.fromEntries(list.map((one) => [one.id, one]));
  return Object.values(mergedKeys(keyed(base), keyed(mine), keyed(theirs)));
}

function mergedDataset(base, mine, theirs) {
  const part = (name) => mergedKeys(base.dataset?.[name] ?? {}, mine.dataset?.[name] ?? {}, theirs.dataset?.[name] ?? {});
  return { ...theirs.dataset, ...mine.dataset, state: part('state'), params: part('params'), query: part('query') };
}
