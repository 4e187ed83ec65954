/**
 * Dragging a block from the palette, the tree or the canvas, by mouse, pen or finger. SortableJS knows
 * when a drag begins and ends and draws what is dragged; where it lands is ours (model/dropping.js), so
 * that the canvas, which is another document, and the tree follow one rule.
 */
import Sortable from 'sortablejs';
import { onMounted, onUnmounted, shallowReactive } from 'vue';
import { dropPlace, markBox } from '../model/dropping.js';

const OPTIONS = {
  sort: false,
  forceFallback: true,
  fallbackOnBody: true,
  fallbackTolerance: 5,
  delay: 180,
  delayOnTouchOnly: true,
  touchStartThreshold: 6,
  animation: 0,
};

/** @param {import('./editor.js').Editor} editor @param {function(object, object): void} land */
export function createDrag(editor, land) {
  const zones = [];
  const state = shallowReactive({ what: null, zone: null, mark: null });
  let place = null;

  function over(point) {
    const zone = zones.find((one) => one.holds(point));
    zones.forEach((one) => one.near?.(one === zone ? point : null));
    place = zone ? placeIn(zone, point) : null;
    Object.assign(state, { zone, mark: place && markBox(place.mark, zone.empty()) });
  }

  function placeIn(zone, point) {
    const moving = state.what.id ?? '';
    const rules = { canHold: editor.catalog.canHold, moving };
    return dropPlace(editor.page, zone.rects(), zone.inside(point), rules);
  }

  const heard = (event) => over(pointOf(event));

  function begin(what) {
    Object.assign(state, { what, zone: null, mark: null });
    place = null;
    ['pointermove', 'touchmove'].forEach((name) => document.addEventListener(name, heard, { passive: true }));
  }

  function end() {
    ['pointermove', 'touchmove'].forEach((name) => document.removeEventListener(name, heard));
    zones.forEach((one) => one.near?.(null));
    const { what } = state;
    const found = place;
    Object.assign(state, { what: null, zone: null, mark: null });
    place = null;
    if (what && found) land(what, found);
  }

  return { state, begin, over, end, cancel: () => { place = null; end(); }, addZone: (zone) => zones.push(zone) };
}

function pointOf(event) {
  const at = event.touches?.[0] ?? event;
  return { x: at.clientX, y: at.clientY };
}

/** Makes the children of `element()` draggable; `whatOf` tells what one of them is. */
export function useSortable(element, drag, { draggable, whatOf, handle }) {
  let sortable = null;
  onMounted(() => {
    sortable = Sortable.create(element(), {
      ...OPTIONS, draggable, handle, group: { name: 'blocks', pull: false, put: false },
      onStart: ({ item }) => drag.begin(whatOf(item)),
      onEnd: () => drag.end(),
    });
  });
  onUnmounted(() => sortable?.destroy());
}
