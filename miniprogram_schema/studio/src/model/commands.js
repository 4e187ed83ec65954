/**
 * What a person can do to a page: each takes the page and where one is, and returns
 * {page, select, told}. `told` is said to a screen reader and names the step in the history. A command
 * that cannot be done returns the same page and says why.
 */
import { nameOf } from './catalog.js';
import { adopted, readText } from './clipboard.js';
import { freshId, idsOf, renewed } from './ids.js';
import { MODULE } from './page.js';
import { find, insert, itemsOf, locate, move, remove, walkOpen } from './tree.js';

const stay = (page, select, told) => ({ page, select, told });

/** Where something new goes: into the selected container, else behind the selected block, else last. */
export function placeAfter(page, selected, catalog) {
  const found = locate(page, selected);
  if (!found) return { parent: '', index: itemsOf(page, '').length };
  if (catalog.canHold(found.node)) return { parent: selected, index: itemsOf(page, selected).length };
  return { parent: found.parent, index: found.index + 1 };
}

/** A new block of the catalogue. */
export function newNode(page, block) {
  const stem = block.component[0].toLowerCase() + block.component.slice(1);
  return {
    id: freshId(idsOf(page), stem),
    component: block.component,
    module: MODULE,
    attributes: {},
    ...(block.isContainer && { items: [] }),
  };
}

export function add(page, block, place, catalog) {
  const node = newNode(page, block);
  return { page: insert(page, node, place), select: node.id, told: `加了${nameOf(node, catalog)}` };
}

export function drop(page, id, place, catalog) {
  const moved = move(page, id, place);
  const name = nameOf(find(page, id), catalog);
  return stay(moved, id, moved === page ? `${name}没有动` : `移动了${name}${whereTold(moved, id, catalog)}`);
}

function whereTold(page, id, catalog) {
  const { parent, index } = locate(page, id);
  const holder = parent ? nameOf(find(page, parent), catalog) : '页面';
  return `：在${holder}里第 ${index + 1} 个，共 ${itemsOf(page, parent).length} 个`;
}

export function removeNode(page, id, catalog) {
  const found = locate(page, id);
  if (!found) return stay(page, id, '没有选中组件');
  const next = remove(page, id);
  const near = itemsOf(next, found.parent);
  const select = near[found.index]?.id ?? near[found.index - 1]?.id ?? found.parent;
  return { page: next, select, told: `删除了${nameOf(found.node, catalog)}` };
}

export function duplicate(page, id, catalog) {
  const found = locate(page, id);
  if (!found) return stay(page, id, '没有选中组件');
  const copy = renewed(found.node, idsOf(page));
  const place = { parent: found.parent, index: found.index + 1 };
  return { page: insert(page, copy, place), select: copy.id, told: `复制了一份${nameOf(copy, catalog)}` };
}

export function paste(page, selected, text, catalog) {
  const piece = readText(text);
  if (!piece) return stay(page, selected, '剪贴板里没有组件');
  const place = placeAfter(page, selected, catalog);
  const { page: next, nodes } = adopted(page, piece);
  const told = `粘贴了${nodes.map((node) => nameOf(node, catalog)).join('、')}`;
  return { page: insert(next, nodes, place), select: nodes[0].id, told };
}

/** One place up or down among its siblings. */
export function shift(page, id, by, catalog) {
  const found = locate(page, id);
  if (!found) return stay(page, id, '没有选中组件');
  const index = found.index + by;
  const count = itemsOf(page, found.parent).length;
  if (index < 0 || index >= count) return stay(page, id, by < 0 ? '已经在最前面了' : '已经在最后面了');
  return drop(page, id, { parent: found.parent, index: by > 0 ? index + 1 : index }, catalog);
}

/** Into the container that stands just before it. */
export function nest(page, id, catalog) {
  const found = locate(page, id);
  const before = found && itemsOf(page, found.parent)[found.index - 1];
  if (!before || !catalog.canHold(before)) return stay(page, id, '前面没有可以放进去的组件');
  return drop(page, id, { parent: before.id, index: itemsOf(page, before.id).length }, catalog);
}

/** Out of its container, behind it. */
export function unnest(page, id, catalog) {
  const found = locate(page, id);
  if (!found?.parent) return stay(page, id, '已经在最外层了');
  const outer = locate(page, found.parent);
  return drop(page, id, { parent: outer.parent, index: outer.index + 1 }, catalog);
}

/** The block before or after in the order of the tree, among those that are shown. */
export function neighbour(page, id, by, isClosed = () => false) {
  const shown = [...walkOpen(page, (one) => !isClosed(one))].map(({ node }) => node.id);
  const at = shown.indexOf(id);
  return shown[Math.min(Math.max(at + by, 0), shown.length - 1)] ?? '';
}
