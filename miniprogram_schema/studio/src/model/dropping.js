/**
 * Where something lands that is let go at a point, from the rectangles of the blocks (on the canvas or
 * in the tree). The first part of a block means before it, the last part behind it, and the middle of
 * one that can hold others means into it. `:for` draws a block several times: each copy counts.
 */
import { indexOf, itemsOf, walk } from './tree.js';

const EDGE = 0.3;
const EDGE_PX = 14;

/**
 * @param {object} page
 * @param {{id, x, y, width, height, axis?}[]} rects `axis` tells how the children of a container lie
 * @param {{x: number, y: number}} point
 * @param {{canHold: function(object): boolean, moving?: string}} rules `moving` is the block that is dragged
 * @returns {{parent, index, mark: {kind: 'before'|'after'|'inside', rect, axis}}}
 */
export function dropPlace(page, rects, point, { canHold, moving = '' }) {
  const places = indexOf(page);
  const rect = under(places, rects, point, moving);
  if (!rect) return within(page, rects, point, '', moving);
  const { node, parent, index } = places.get(rect.id);
  const axis = axisOf(rects, parent);
  const [at, length] = along(rect, point, axis);
  const edge = canHold(node) ? Math.min(length * EDGE, EDGE_PX) : length / 2;
  if (at < edge) return { parent, index, mark: { kind: 'before', rect, axis } };
  if (at > length - edge) return behind(page, rects, rect, { parent, index, axis });
  return isRow(page, rects, rect) ? last(page, rect) : within(page, rects, point, rect.id, moving);
}

/** In the tree a container is a row, and what it holds are the rows below it. */
function isRow(page, rects, rect) {
  const first = rects.find(({ id }) => id === itemsOf(page, rect.id)[0]?.id);
  return Boolean(first) && first.y >= rect.y + rect.height - 1;
}

function behind(page, rects, rect, { parent, index, axis }) {
  if (isRow(page, rects, rect)) return { parent: rect.id, index: 0, mark: { kind: 'after', rect, axis } };
  return { parent, index: index + 1, mark: { kind: 'after', rect, axis } };
}

function last(page, rect) {
  return { parent: rect.id, index: itemsOf(page, rect.id).length, mark: { kind: 'inside', rect, axis: 'column' } };
}

const axisOf = (rects, id) => rects.find((rect) => rect.id === id)?.axis ?? 'column';

const along = (rect, point, axis) =>
  (axis === 'row' ? [point.x - rect.x, rect.width] : [point.y - rect.y, rect.height]);

const holds = ({ x, y, width, height }, point) =>
  width > 0 && point.x >= x && point.x <= x + width && point.y >= y && point.y <= y + height;

/** The innermost rectangle at the point that does not belong to what is dragged. */
function under(places, rects, point, moving) {
  const moved = new Set(moving ? [moving, ...[...walk(places.get(moving)?.node ?? {})].map(({ node }) => node.id)] : []);
  const found = rects.filter((rect) => holds(rect, point) && places.has(rect.id) && !moved.has(rect.id));
  return found.sort((one, other) => places.get(one.id).depth - places.get(other.id).depth).at(-1);
}

/** Into a container, at the place among its children that the point says. */
function within(page, rects, point, parent, moving) {
  const axis = axisOf(rects, parent);
  const shown = itemsOf(page, parent)
    .map((node) => rects.find((rect) => rect.id === node.id && rect.width > 0))
    .filter((rect) => rect && rect.id !== moving);
  const next = shown.find((rect) => {
    const [at, length] = along(rect, point, axis);
    return at < length / 2;
  });
  if (next) return { parent, index: itemsOf(page, parent).findIndex((node) => node.id === next.id), mark: { kind: 'before', rect: next, axis } };
  const last = shown.at(-1);
  const holder = rects.find((rect) => rect.id === parent);
  const mark = last ? { kind: 'after', rect: last, axis } : { kind: 'inside', rect: holder, axis };
  return { parent, index: itemsOf(page, parent).length, mark };
}

const THICK = 3;

/** The line or the box that shows the place: {x, y, width, height, isBox}. */
export function markBox({ kind, rect, axis }, empty) {
  if (!rect) return { ...empty, height: THICK };
  const { x, y, width, height } = rect;
  if (kind === 'inside') return { x, y, width, height, isBox: true };
  const isAfter = kind === 'after';
  if (axis === 'row') return { x: (isAfter ? x + width : x) - 1, y, width: THICK, height };
  return { x, y: (isAfter ? y + height : y) - 1, width, height: THICK };
}
