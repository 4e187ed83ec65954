// Translates the browser's events into WeChat's. Listeners sit on the document and are added when
// a template first asks for an event; glass-easel then finds the handlers along its own tree. A tap
// comes from 'click', so that a keyboard and a screen reader press a button as a finger does.

import { Event } from 'glass-easel';
import { moveAlongTabs } from './arrow_keys.js';
import { makeFocusable } from './attributes.js';
import { setHover } from './hover.js';

const LONG_PRESS_MS = 350;
const MOVE_PX = 10;

// Events that pass through unchanged, and whether they bubble in WeChat.
const PLAIN = new Set(['transitionend', 'animationstart', 'animationiteration', 'animationend']);
const TOUCH = new Set(['touchstart', 'touchmove', 'touchend', 'touchcancel']);

const heard = new Set();

/** Begins to listen for what every page needs. */
export function connectEvents() {
  document.addEventListener('click', onClick);
  document.addEventListener('keydown', onKey);
  document.addEventListener('pointerdown', onPress);
}

/** Called when `element` gets its first listener for `type`. */
export function listenTo(element, type) {
  // A component without a host of its own has no element; its listeners are found all the same.
  if (element) {
    element.hears = (element.hears ?? new Set()).add(type);
    if (type === 'tap') makeFocusable(element);
  }
  if (heard.has(type)) return;
  heard.add(type);
  if (TOUCH.has(type))
    document.addEventListener(type, onTouch, { passive: type !== 'touchmove', capture: true });
  if (PLAIN.has(type)) document.addEventListener(type, onPlain);
}

/**
 * Sends an event of an element of ours, such as 'input', to the template's handlers.
 *
 * @param {{bubbles?: boolean, onReturn?: function}} options `onReturn` gets what a handler returns
 */
export function fire(element, type, detail, { bubbles = false, onReturn } = {}) {
  const node = element.__wxElement;
  if (!node) return;
  dispatch(node, type, detail, {
    bubbles,
    composed: bubbles,
    capturePhase: bubbles,
    handleListenerReturn: onReturn,
  });
}

/** @returns {boolean} whether a handler caught the event ('catch:' instead of 'bind:') */
function dispatch(node, type, detail, options) {
  const event = new Event(type, detail, options);
  Event.dispatchEvent(node, event);
  return event.defaultPrevented();
}

function fromBrowser(event, type, detail, extraFields) {
  let target = event.target;
  while (target && !target.__wxElement) target = target.parentNode;
  if (!target) return false;
  return dispatch(target.__wxElement, type, detail, {
    originalEvent: event,
    bubbles: true,
    composed: true,
    capturePhase: true,
    extraFields,
  });
}

function onClick(event) {
  if (event.target.closest?.('wx-button[disabled]')) return;
  const long = press?.long && event.detail > 0;
  press = null;
  if (long) return;
  const point = pointOf(event);
  fromBrowser(
    event,
    'tap',
    { x: point.pageX, y: point.pageY },
    { touches: [point], changedTouches: [point] },
  );
}

function onKey(event) {
  if (moveAlongTabs(event)) return;
  if (event.key !== 'Enter' && event.key !== ' ') return;
  const { target } = event;
  if (target.matches('input, textarea, select, a, dialog *') || !target.hasAttribute('tabindex'))
    return;
  if (!target.hasAttribute('role')) return;
  event.preventDefault();
  if (!event.repeat) target.click();
}

let press = null;

function onPress(event) {
  if (event.button !== 0) return;
  const release = setHover(event.target);
  const mine = { long: false };
  press = mine;
  const timer = setTimeout(() => {
    if (!isHeard(event.target, 'longpress')) return;
    // As in WeChat, a long press that someone hears is no tap afterwards.
    mine.long = true;
    const point = pointOf(event);
    fromBrowser(
      event,
      'longpress',
      { x: point.pageX, y: point.pageY },
      { touches: [point], changedTouches: [point] },
    );
  }, LONG_PRESS_MS);
  const stop = new AbortController();
  const end = () => {
    clearTimeout(timer);
    release();
    stop.abort();
  };
  const options = { signal: stop.signal, capture: true };
  document.addEventListener(
    'pointermove',
    (move) => {
      if (Math.hypot(move.clientX - event.clientX, move.clientY - event.clientY) > MOVE_PX) end();
    },
    options,
  );
  document.addEventListener('pointerup', end, options);
  document.addEventListener('pointercancel', end, options);
}

function isHeard(element, type) {
  for (let node = element; node; node = node.parentNode) if (node.hears?.has(type)) return true;
  return false;
}

function onTouch(event) {
  const touches = [...event.touches].map(pointOf);
  const changedTouches = [...event.changedTouches].map(pointOf);
  const prevented = fromBrowser(event, event.type, {}, { touches, changedTouches });
  if (prevented && event.type === 'touchmove' && event.cancelable) event.preventDefault();
}

function onPlain(event) {
  fromBrowser(event, event.type, {
    elapsedTime: event.elapsedTime,
    propertyName: event.propertyName,
    animationName: event.animationName,
  });
}

function pointOf({ identifier = 0, pageX, pageY, clientX, clientY }) {
  return { identifier, pageX, pageY, clientX, clientY };
}
