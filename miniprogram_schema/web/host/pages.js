// The page stack. Each entry of the browser's history is one page of the stack, so that 'back'
// means the same with the browser's button, a swipe and wx.navigateBack.

import { attachBar, paintBar } from './navigation_bar.js';
import { createPageRoot, units } from './runtime.js';
import { PREVIEW_PAGE, isPreview } from './preview.js';
import { callHook } from './safely.js';
import { onThemeChange, setThemeVariables } from './theme.js';

const LIMIT = 10;
const stack = [];
let config = {};
let entry = '';

export const getCurrentPages = () => stack.map((one) => one.page);
export const currentRecord = () => stack.at(-1);
export const currentPage = () => currentRecord()?.page;

/** Settings of a page: the application's window, then the page's own. */
export const pageSettings = (key) => ({ ...config.window, ...units[key].json });

/**
 * Reads from the address which page to open first.
 *
 * @returns {{path: string, query: object, scene: number, show: function}}
 */
export function launch(appJson) {
  config = appJson;
  setThemeVariables(config.theme);
  entry = document.querySelector('meta[name=weapp-page]')?.content ?? config.pages[0];
  const first = askedPage();
  window.addEventListener('popstate', onHistory);
  window.addEventListener('scroll', onScroll, { passive: true });
  window.addEventListener('resize', onResize);
  onThemeChange(() => stack.forEach(paintBar));
  history.scrollRestoration = 'manual';
  return { path: first.key, query: first.query, scene: 1001, show: () => openFirst(first) };
}

function openFirst(first) {
  history.replaceState({ depth: 0 }, '');
  push(first);
}

export function navigateTo({ url, events }) {
  if (stack.length >= LIMIT) throw new Error(`navigateTo:fail page stack is full (${LIMIT})`);
  const target = resolve(url);
  history.pushState({ depth: stack.length }, '', addressOf(target));
  push(target);
  return { eventChannel: channel(events) };
}

export function redirectTo({ url }) {
  const target = resolve(url);
  history.replaceState({ depth: stack.length - 1 }, '', addressOf(target));
  pop();
  push(target);
}

export function reLaunch({ url }) {
  const target = resolve(url);
  history.replaceState({ depth: 0 }, '', addressOf(target));
  while (stack.length) pop();
  push(target);
}

export function navigateBack({ delta = 1 } = {}) {
  const steps = Math.min(delta, stack.length - 1);
  if (steps > 0) history.go(-steps);
}

/** Tells the page on top that the application came to the front or went behind. */
export function showCurrent(shown) {
  if (stack.length) tell(stack.at(-1), shown);
}

// After a reload only the page on top is there; the ones below are opened again when asked for.
function onHistory(event) {
  const depth = event.state?.depth ?? 0;
  const asked = askedPage();
  if (depth > stack.length - 1) {
    push(asked);
    return;
  }
  while (stack.length > depth + 1) pop();
  if (currentRecord().key === asked.key) {
    uncover(currentRecord());
  } else {
    pop();
    push(asked);
  }
}

function askedPage() {
  if (isPreview()) return { key: PREVIEW_PAGE, query: { studio: 'preview' } };
  const asked = parseUrl(location.hash.slice(1));
  if (units[asked.key]?.kind === 'page') return asked;
  return { key: entry, query: Object.fromEntries(new URLSearchParams(location.search)) };
}

function push(target) {
  if (stack.length) cover(stack.at(-1));
  const root = createPageRoot(target.key);
  const page = root.get();
  const element = root.getComponent().$$;
  Object.assign(page, { route: target.key, options: target.query });
  element.dataset.page = target.key;
  element.setAttribute('role', 'main');
  const record = { page, root, element, key: target.key, scrollTop: 0, shown: false };
  stack.push(record);
  attachBar(record, pageSettings(target.key), stack.length > 1);
  root.attach(document.body, document.body.appendChild(document.createElement('div')));
  if (record.bar) element.before(record.bar);
  callHook(page, 'onLoad', target.query);
  uncover(record);
  queueMicrotask(() => callHook(page, 'onReady'));
  if (stack.length > 1) focusPage(element);
}

function pop() {
  const record = stack.pop();
  if (!record) return;
  tell(record, false);
  callHook(record.page, 'onUnload');
  record.root.release();
  record.element.remove();
  record.bar?.remove();
}

function cover(record) {
  tell(record, false);
  record.scrollTop = window.scrollY;
  setHidden(record, true);
}

function uncover(record) {
  setHidden(record, false);
  document.title = record.title;
  window.scrollTo(0, record.scrollTop);
  tell(record, true);
}

function setHidden(record, hidden) {
  record.element.hidden = hidden;
  if (record.bar) record.bar.hidden = hidden;
}

function tell(record, shown) {
  if (record.shown === shown) return;
  record.shown = shown;
  callHook(record.page, shown ? 'onShow' : 'onHide');
  record.root.getComponent().triggerPageLifetime(shown ? 'show' : 'hide', []);
}

// A screen reader starts to read the new page from its beginning.
function focusPage(element) {
  element.tabIndex = -1;
  element.focus({ preventScroll: true });
}

function onScroll() {
  if (stack.length) callHook(currentPage(), 'onPageScroll', { scrollTop: window.scrollY });
}

function onResize() {
  const size = { windowWidth: window.innerWidth, windowHeight: window.innerHeight };
  stack.forEach(({ page, root }) => {
    callHook(page, 'onResize', { size });
    root.getComponent().triggerPageLifetime('resize', [{ size }]);
  });
}

function resolve(url) {
  const base = stack.at(-1)?.key ?? '';
  const target = parseUrl(
    url.startsWith('/') ? url : new URL(url, `http://x/${base}`).href.slice('http://x'.length),
  );
  if (units[target.key]?.kind !== 'page') throw new Error(`page "${target.key}" is not found`);
  return target;
}

function parseUrl(url) {
  const [path, query = ''] = url.split('?');
  return { key: path.replace(/^\//, ''), query: Object.fromEntries(new URLSearchParams(query)) };
}

function addressOf({ key, query }) {
  const search = new URLSearchParams(query).toString();
  return `${location.pathname}#/${key}${search ? `?${search}` : ''}`;
}

// Enough of an event channel for a page to listen to what the next page tells it.
function channel(events = {}) {
  return { emit: (name, ...args) => events[name]?.(...args), on: () => {}, off: () => {} };
}
