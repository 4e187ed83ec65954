// Where each node of the page lies in the frame.

const EMPTY = 'studio-empty';
const WIDE = 12;

/**
 * @param {object[]} items of the page
 * @param {Map<string, {source: object, component: string}>} places what was drawn, by key
 * @param {Set<string>} containers names of blocks that others stand in
 * @returns {object[]} as in README, each with its `element`
 */
export function rectsOf(items, places, containers, isEdit) {
  const homes = homesOf(items);
  const rects = [...places].flatMap(([key, { source, component }]) => {
    const element = document.getElementById(`node-${key}`);
    return element && homes.has(source) ? [rectOf(key, source, component, element, homes.get(source), containers, isEdit)] : [];
  });
  rects.forEach((rect) => {
    if (rect.container) rect.axis = axisOf(rects.filter((child) => child.parent === rect.id && !child.hidden));
  });
  return rects;
}

/** Parent and index of every node of the page. */
function homesOf(items, parent = null, homes = new Map()) {
  (Array.isArray(items) ? items : []).forEach((source, index) => {
    if (!source || typeof source !== 'object' || homes.has(source)) return;
    homes.set(source, { parent, index });
    homesOf(source.items, source.id, homes);
  });
  return homes;
}

function rectOf(key, source, component, element, home, containers, isEdit) {
  const container = containers.has(component);
  const hidden = getComputedStyle(element).display === 'none';
  const empty = container && !source.items?.length;
  // What has no height of its own could neither be seen nor hit.
  element.classList.toggle(EMPTY, isEdit && !hidden && (empty || (!container && element.offsetHeight < 2) || element.classList.contains(EMPTY)));
  const { x, y, width, height } = element.getBoundingClientRect();
  return { id: source.id, key, component, ...home, x, y, width, height, container, axis: container ? 'column' : undefined, empty, hidden, element };
}

/** How the children of a container lie: beside one another when the second begins right of the first. */
export function axisOf([first, second]) {
  return first && second && second.x >= first.x + first.width - WIDE && second.y < first.y + first.height ? 'row' : 'column';
}
