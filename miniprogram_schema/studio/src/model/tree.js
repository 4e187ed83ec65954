/**
 * A page as a tree of blocks, changed without changing it: every operation returns a new page that
 * shares what is the same. So a step of the history costs a few objects, and two pages can be compared.
 *
 * A place is {parent, index}: `parent` is the id of a block, or '' for the page itself.
 */

/** Every block in the order of reading, as {node, parent, index, depth, count: of siblings}. */
export function* walk(page) {
  yield* walkItems(page.items ?? [], '', 0);
}

function* walkItems(items, parent, depth, isOpen = () => true) {
  for (const [index, node] of items.entries()) {
    yield { node, parent, index, depth, count: items.length };
    if (node.items && isOpen(node.id)) yield* walkItems(node.items, node.id, depth + 1, isOpen);
  }
}

/** The same without what lies in closed blocks. */
export function* walkOpen(page, isOpen) {
  yield* walkItems(page.items ?? [], '', 0, isOpen);
}

/** The places of all blocks by id, for those who ask for many. */
export function indexOf(page) {
  return new Map([...walk(page)].map((found) => [found.node.id, found]));
}

/** {node, parent, index, depth} of a block, or null. */
export function locate(page, id) {
  for (const found of walk(page)) if (found.node.id === id) return found;
  return null;
}

export function find(page, id) {
  return locate(page, id)?.node ?? null;
}

/** The children of a block, or of the page for ''. */
export function itemsOf(page, parent) {
  return (parent ? find(page, parent)?.items : page.items) ?? [];
}

/** The blocks around a block, the outermost first, without itself. */
export function ancestors(page, id) {
  const found = locate(page, id);
  if (!found || !found.parent) return [];
  return [...ancestors(page, found.parent), find(page, found.parent)];
}

export function isInside(page, id, outer) {
  return ancestors(page, id).some((node) => node.id === outer);
}

/** The page with the children of `parent` replaced by what `change` makes of them. */
export function changeItems(page, parent, change) {
  if (!parent) return { ...page, items: change(page.items ?? []) };
  return change1(page, parent, (node) => ({ ...node, items: change(node.items ?? []) }));
}

function change1(holder, id, change) {
  if (!holder.items) return holder;
  let isChanged = false;
  const items = holder.items.map((node) => {
    const next = node.id === id ? change(node) : change1(node, id, change);
    if (next !== node) isChanged = true;
    return next;
  });
  return isChanged ? { ...holder, items } : holder;
}

/** The page with one block replaced by what `change` makes of it. */
export function update(page, id, change) {
  return change1(page, id, change);
}

export function insert(page, nodes, { parent, index }) {
  const added = Array.isArray(nodes) ? nodes : [nodes];
  return changeItems(page, parent, (items) => [
    ...items.slice(0, index),
    ...added,
    ...items.slice(index),
  ]);
}

export function remove(page, id) {
  const found = locate(page, id);
  if (!found) return page;
  return changeItems(page, found.parent, (items) => items.filter((node) => node.id !== id));
}

/** The page with a block at another place; a block never goes into itself. */
export function move(page, id, { parent, index }) {
  const found = locate(page, id);
  if (!found || parent === id || (parent && isInside(page, parent, id))) return page;
  const shift = parent === found.parent && index > found.index ? 1 : 0;
  if (parent === found.parent && index - shift === found.index) return page;
  return insert(remove(page, id), found.node, { parent, index: index - shift });
}
