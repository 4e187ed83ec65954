// WeChat's classic component framework in Node: the assembled mini-program, a document by jsdom, and just
// enough of the application around it that blocks find their services. No server answers.

import { createRequire } from 'node:module';
import path from 'node:path';
import { JSDOM } from 'jsdom';
import { assemble } from '../../web/lib/assemble.mjs';
import { Project, SCHEMA } from '../../web/lib/project.mjs';
import { FakeQueries } from '../../web/host/studio/fake_queries.mjs';

const require = createRequire(import.meta.url);
const textOf = require('./read.js');
const OUT = path.join(SCHEMA, 'build', 'simulate');
const BROWSER = ['window', 'document', 'Event', 'CustomEvent', 'TouchEvent', 'Touch', 'HTMLElement', 'Node', 'Element', 'MutationObserver'];

/** @returns {Promise<{render: (page: object, options?: object) => Promise<Drawn>, end: () => void}>} */
export async function openWorld() {
  await assemble(new Project(path.join(SCHEMA, 'weapp')), OUT);
  const dom = new JSDOM('<!doctype html><body></body>', { pretendToBeVisual: true });
  const names = BROWSER.filter((name) => dom.window[name]);
  names.forEach((name) => Object.defineProperty(globalThis, name, { value: name === 'window' ? dom.window : dom.window[name], configurable: true, writable: true }));
  const simulate = quietly(() => require('miniprogram-simulate'));
  const app = { studio: null };
  Object.assign(globalThis, { getApp: () => app, getCurrentPages: () => [{ route: 'pages/page/index' }] });
  Object.assign(globalThis.wx, silentWx());
  const { createServices } = require(path.join(OUT, 'services', 'index.js'));
  app.services = createServices(globalThis.wx, '');
  const id = simulate.load(path.join(OUT, 'components', 'page-view', 'index'), { rootPath: OUT });
  const open = new Set();
  return {
    app,
    render: (page, options) => render({ simulate, id, app, open }, page, options),
    end: () => {
      open.forEach((drawn) => drawn.close());
      dom.window.close();
    },
  };
}

const nothing = () => {};

/** Answers nothing, keeps nothing. */
function silentWx() {
  const kept = new Map();
  return {
    request: () => ({ abort: nothing, onChunkReceived: nothing, offChunkReceived: nothing, onHeadersReceived: nothing }),
    getStorageSync: (key) => kept.get(key) ?? '',
    setStorageSync: (key, value) => kept.set(key, value),
    removeStorageSync: (key) => kept.delete(key),
    setNavigationBarTitle: nothing,
    showToast: nothing,
    onAppShow: nothing,
    offAppShow: nothing,
    onAppHide: nothing,
    offAppHide: nothing,
    onNetworkStatusChange: nothing,
    offNetworkStatusChange: nothing,
    onThemeChange: nothing,
    offThemeChange: nothing,
    onKeyboardHeightChange: nothing,
    offKeyboardHeightChange: nothing,
    getWindowInfo: () => ({ windowWidth: 390, windowHeight: 844 }),
    getRandomValues: ({ length, success }) => success({ randomValues: new Uint8Array(length).buffer }),
    nextTick: (action) => Promise.resolve().then(action),
  };
}

/** The package tells in the console that it is loaded; a test's output is not the place for it. */
function quietly(action) {
  const { log } = console;
  console.log = nothing;
  try {
    return action();
  } finally {
    console.log = log;
  }
}

/**
 * Draws a page as the studio's preview does, with its queries pretended.
 *
 * @param {{queries?: object, state?: object}} options
 */
async function render({ simulate, id, app, open }, page, { queries = {}, state = {} } = {}) {
  const complaints = [];
  const { error } = console;
  console.error = (...told) => complaints.push(told.map((one) => one?.stack ?? String(one)).join(' '));
  const done = [];
  app.studio = {
    attach: (view) => {
      const platform = new Proxy({}, { get: (_, name) => (...given) => done.push([name, ...given]) });
      const run = view.newRun({ platform, call: async (action, body) => { done.push([action, body]); return {}; }, viewer: () => ({ role: 'teen' }), makeQueries: (own) => new FakeQueries(own) });
      view.run = run;
      run.queries.pretend(queries);
      run.show(page);
      run.hold(() => Object.entries(state).forEach(([name, value]) => run.setState(name, value)));
      view.turnTo('page');
      drawn.run = run;
    },
    detach: nothing,
    drawn: nothing,
  };
  const drawn = { complaints, done, run: null };
  drawn.component = simulate.render(id, { preview: true, page: '__story__/x' });
  drawn.parent = document.body.appendChild(document.createElement('div'));
  drawn.component.attach(drawn.parent);
  await settled();
  console.error = error;
  drawn.text = () => textOf(drawn.parent);
  drawn.close = () => {
    open.delete(drawn);
    drawn.component.detach();
    drawn.parent.remove();
  };
  open.add(drawn);
  return drawn;
}

export const settled = () => new Promise((resolve) => { setTimeout(resolve, 5); });
