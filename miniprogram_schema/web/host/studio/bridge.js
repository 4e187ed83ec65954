// Between the studio and the page view: what was drawn, what is pretended, what is selected.

import { FakeQueries } from './fake_queries.mjs';
import { Hands } from './hands.js';
import { Layer } from './layer.js';
import { placeAt } from './place.mjs';
import { rectsOf } from './rects.js';
import { wordsOf } from './words.js';
import { storyPage } from './story.mjs';
import { showTheme } from './theme.js';

const MOST_FAULTS = 50;

export class Bridge {
  constructor({ app, wx, tell, forceTheme, stories, names, containers }) {
    Object.assign(this, { app, wx, tell, forceTheme, stories, names });
    this.containers = new Set(containers);
    this.view = null;
    this.run = null;
    this.page = null;
    this.mode = 'edit';
    this.isReal = false;
    this.selected = [];
    this.rects = [];
    this.seq = 0;
    this.layer = new Layer();
    this.hands = new Hands(this);
  }

  attach(view) {
    this.view = view;
    this.layer.attach();
    this.hands.attach();
    this.watch();
    this.ready();
  }

  detach() {
    this.view = null;
  }

  ready() {
    this.tell('studio:ready', { version: 1, blocks: this.names });
  }

  /** Messages are copied first, so that nothing round and nothing strange gets into the page. */
  hear(message) {
    const ask = message && HEARD[message.type];
    if (!ask || !this.view) return;
    try {
      ask(this, JSON.parse(JSON.stringify(message)));
    } catch (error) {
      this.fail(message.seq, error);
    }
  }

  fail(seq = this.seq, error) {
    this.run?.stop();
    this.run = null;
    this.view.run = null;
    this.view.turnTo('broken');
    const faults = [{ id: '', where: 'page', reason: wordsOf(error.message) }];
    this.tell('studio:drawn', { seq, nodes: 0, ms: 0, face: 'broken', faults, state: {} });
    this.place();
  }

  show(message) {
    const { story, seq = 0, state, params, queries, viewer, real = false, mode, reset } = message;
    const from = story ? storyPage(this.stories, story) : { page: message.page, queries };
    Object.assign(this, { seq, page: from.page, isReal: Boolean(real), viewer: viewer || { role: 'teen' } });
    this.pretended = from.queries || {};
    if (mode) this.setMode(mode);
    // A page that is tried begins anew, as for whoever opens it; so does one that is edited again.
    const isOther = this.ranAs !== `${this.mode} ${this.isReal}`;
    if (story || reset || !this.run || isOther) this.begin();
    const began = performance.now();
    this.run.setGiven(params || {});
    this.run.queries.pretend?.(this.pretended);
    this.run.show(from.page);
    this.put(state);
    this.view.turnTo('page');
    this.answer(Math.round((performance.now() - began) * 10) / 10);
    if ('select' in message) this.select(message);
  }

  begin() {
    this.run?.stop();
    this.view.setData({ items: [] });
    this.ranAs = `${this.mode} ${this.isReal}`;
    const as = this.page?.attributes?.audience === 'staff' ? 'staff' : 'teen';
    const { pages } = this.app.services;
    this.run = this.view.newRun({
      platform: this.platform(),
      call: (action, body) => (this.isReal ? pages.act(as, action, body) : Promise.resolve({})),
      viewer: () => (this.isReal ? pages.viewer(as) : this.viewer),
      makeQueries: this.isReal ? undefined : (own) => new FakeQueries(own),
    });
    this.view.run = this.run;
    const { run } = this;
    const [hear, onBlock] = [run.hear.bind(run), run.onBlock.bind(run)];
    run.hear = (...given) => (this.mode === 'try' ? hear(...given) : undefined);
    run.onBlock = (...given) => (this.mode === 'try' ? onBlock(...given) : undefined);
    run.onRan = (source, eventName, detail, handlers) => this.ran(source, eventName, detail, handlers);
    run.onState = (state) => this.tell('studio:state', { state });
  }

  platform() {
    const away = (name) => () => { this.led = name; };
    const { wx } = this;
    return {
      navigateTo: away('navigateTo'),
      redirectTo: away('redirectTo'),
      navigateBack: away('navigateBack'),
      openChat: away('openChat'),
      callHotline: away('callHotline'),
      copy: () => {},
      toast: (title) => wx.showToast({ title: String(title), icon: 'none' }),
      scrollToTop: () => wx.pageScrollTo({ scrollTop: 0 }),
    };
  }

  ran(source, eventName, detail, handlers) {
    const left = Boolean(this.led);
    this.led = '';
    this.tell('studio:event', plain({ id: source.id ?? null, eventName, detail, handlers, left }));
  }

  /** A block went somewhere by itself. */
  leads(name, url) {
    const handlers = [{ module: 'platform', name, params: { url } }];
    this.tell('studio:event', { id: null, eventName: name, detail: {}, handlers, left: true });
  }

  put(state) {
    if (!state) return;
    this.run.hold(() => Object.entries(state).forEach(([name, value]) => this.run.setState(name, value)));
  }

  answer(ms) {
    const { faults, count } = this.run.tree;
    const told = faults.slice(0, MOST_FAULTS).map((one) => ({ ...one, reason: wordsOf(one.reason) }));
    this.tell('studio:drawn', plain({ seq: this.seq, nodes: count, ms, face: 'page', faults: told, state: this.run.state }));
    this.place();
  }

  /** The page view has drawn: what is where may have changed. */
  drawn() {
    this.later();
  }

  later() {
    if (this.waits) return;
    this.waits = true;
    requestAnimationFrame(() => {
      this.waits = false;
      if (this.view) this.place();
    });
  }

  place() {
    const items = this.run && this.view.data.face === 'page' ? this.page.items : [];
    this.rects = rectsOf(items, this.run?.tree.places ?? new Map(), this.containers, this.mode === 'edit');
    this.layer.frame(this.selected, this.rects, this.mode === 'edit');
    const { scrollY: top } = window;
    const { scrollHeight: height } = document.documentElement;
    this.tell('studio:rects', {
      seq: this.seq,
      rects: this.rects.map(({ element, ...rect }) => rect),
      viewport: { width: window.innerWidth, height: window.innerHeight },
      scroll: { top, height },
    });
  }

  watch() {
    window.addEventListener('scroll', () => this.later(), { passive: true, capture: true });
    window.addEventListener('resize', () => this.later());
    new ResizeObserver(() => this.later()).observe(document.body);
  }

  setMode(mode) {
    this.mode = mode === 'try' ? 'try' : 'edit';
    this.layer.drop(null);
    this.later();
  }

  select({ select, scroll }) {
    this.selected = [select ?? []].flat();
    const first = this.rects.find(({ id }) => this.selected.includes(id));
    if (scroll) first?.element.scrollIntoView({ block: 'nearest' });
    this.layer.frame(this.selected, this.rects, this.mode === 'edit');
  }

  at({ x, y, exclude, seq }) {
    if (x === null || x === undefined) {
      this.layer.drop(null);
      return;
    }
    const { place, mark } = placeAt(this.rects, { x, y }, exclude, this.page?.items ?? []);
    this.layer.drop(mark);
    this.tell('studio:drop', { seq, place, mark });
  }
}

const plain = (value) => JSON.parse(JSON.stringify(value));

const HEARD = {
  'studio:ping': (bridge) => bridge.ready(),
  'studio:page': (bridge, message) => bridge.show(message),
  'studio:select': (bridge, message) => bridge.select(message),
  'studio:mode': (bridge, { mode }) => bridge.setMode(mode),
  'studio:state': (bridge, { state }) => bridge.run && bridge.put(state),
  'studio:queries': (bridge, { queries }) => bridge.run?.queries.pretend?.(queries || {}, true),
  'studio:at': (bridge, message) => bridge.at(message),
  'studio:theme': (bridge, { theme }) => showTheme(theme, bridge.forceTheme),
  'studio:scroll': (bridge, { by }) => window.scrollBy(0, Number(by) || 0),
};
