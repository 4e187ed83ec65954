// Where a block would go that is let go at a point.

const EDGE = 10;

/**
 * @param {object[]} rects of rects.js
 * @param {{x: number, y: number}} point
 * @param {string=} exclude id of the node that is moved
 * @param {object[]} items of the page
 * @returns {{place: {parent: string|null, index: number}|null, mark: object|null}}
 */
export function placeAt(rects, point, exclude, items) {
  const moved = exclude ? new Set(within(items, exclude)) : new Set();
  const free = rects.filter(({ id, hidden }) => !moved.has(id) && !hidden);
  const home = containerAt(free, point);
  const children = firstCopies(free.filter(({ parent }) => parent === (home?.id ?? null)));
  const axis = home?.axis ?? 'column';
  const next = children.find((child) => isBefore(point, child, axis));
  const last = children.at(-1);
  // Without one that follows it goes after the last one that is seen, not after hidden ones behind it.
  const end = last ? indexWithout(last, exclude, items) + 1 : countOf(items, home?.id, exclude);
  const index = next ? indexWithout(next, exclude, items) : end;
  return { place: { parent: home?.id ?? null, index }, mark: markOf(home, next, last, axis) };
}

/** The innermost container under the point; near its edge what is around it is meant. */
function containerAt(rects, { x, y }) {
  const inside = rects.filter((rect) => {
    if (!rect.container) return false;
    const edge = rect.empty || rect.height < 4 * EDGE ? 0 : EDGE;
    return x >= rect.x && x <= rect.x + rect.width && y >= rect.y + edge && y <= rect.y + rect.height - edge;
  });
  return inside.sort((a, b) => a.width * a.height - b.width * b.height)[0];
}

const firstCopies = (rects) => {
  const seen = new Set();
  return rects.filter(({ id }) => !seen.has(id) && seen.add(id));
};

function isBefore({ x, y }, { x: left, y: top, width, height }, axis) {
  return axis === 'row' ? (y < top + height && x < left + width / 2) || y < top : y < top + height / 2;
}

/** Ids of a node and of all that stands in it. */
function within(items, id) {
  const found = find(items, id);
  const all = (node) => [node.id, ...(node.items ?? []).flatMap(all)];
  return found ? all(found) : [id];
}

function find(items, id) {
  for (const node of items ?? []) {
    const found = node.id === id ? node : find(node.items, id);
    if (found) return found;
  }
  return undefined;
}

function childrenOf(items, parent) {
  return parent === null || parent === undefined ? items : (find(items, parent)?.items ?? []);
}

function countOf(items, parent, exclude) {
  return childrenOf(items, parent).filter(({ id }) => id !== exclude).length;
}

function indexWithout(next, exclude, items) {
  const before = childrenOf(items, next.parent).slice(0, next.index);
  return before.filter(({ id }) => id !== exclude).length;
}

const LINE = 4;

function markOf(home, next, last, axis) {
  const near = next ?? last;
  if (!near) return home ? { x: home.x, y: home.y + home.height / 2 - LINE / 2, width: home.width, height: LINE } : null;
  if (axis === 'row') {
    const x = next ? near.x - LINE : near.x + near.width;
    return { x, y: near.y, width: LINE, height: near.height };
  }
  const y = next ? near.y - LINE : near.y + near.height;
  return { x: near.x, y, width: near.width, height: LINE };
}
