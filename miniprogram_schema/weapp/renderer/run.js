/**
 * A page while it is open: its content, its variables, its queries and the tree that is on screen.
 * Knows nothing of components: `draw` gets what to show, `platform` does what leads out of the page.
 *
 * Promise: content that cannot be shown throws `BrokenPage` and leaves everything as it was.
 */
const { evaluated } = require('./attributes.js');
const { difference } = require('./diff.js');
const { Handlers } = require('./handlers.js');
const { declared, pageOf, paramsOf, settingsOf, stateOf } = require('./page.js');
const { Queries } = require('./queries.js');
const { resolve } = require('./resolve.js');
const { scopeOf } = require('./scope.js');
const { isOwn } = require('./values.js');

/** When content is no page, or a page of which this version can draw nothing. */
class BrokenPage extends Error {}

class PageRun {
  /**
   * @param {object} parts
   * @param {object} parts.blocks descriptions of the blocks (blocks.js)
   * @param {any} parts.platform see platform.js
   * @param {(action: string, params: object, audience: string) => Promise<any>} parts.call
   * @param {() => object} parts.viewer
   * @param {(told: {settings?: object, changes: [string|null, object][]}) => void} parts.draw
   * @param {(text: string) => void=} parts.warn
   * @param {(action: string) => object=} parts.fillingOf what an action wants beside what the page says
   * @param {(parts: any) => any=} parts.makeQueries the studio's preview pretends what queries give
   */
  constructor({ blocks, platform, call, viewer, draw, warn = () => {}, fillingOf = () => ({}), makeQueries = (own) => new Queries(own) }) {
    Object.assign(this, { blocks, platform, viewer, draw, warn, fillingOf });
    this.page = null;
    this.given = {};
    this.state = {};
    this.chosen = {};
    this.blank();
    /** How often each node changed, by its key. */
    this.revisions = new Map();
    this.stopped = false;
    this.holding = 0;
    this.call = (action, params) => call(action, params, settingsOf(this.page).audience);
    this.queries = makeQueries({
      call: (action, params) => this.call(action, params),
      evaluated: (params, name) => this.evaluated(params, null, undefined, name),
      onChange: () => this.redraw(),
    });
    this.handlers = new Handlers(this);
  }

  /** Nothing of the page is on screen any more; what is shown next is drawn whole. */
  blank() {
    /** @type {any} */
    this.tree = { items: [], nodes: new Map(), places: new Map(), faults: [], unknown: [], count: 0 };
  }

  stop() {
    this.stopped = true;
    this.queries.stop();
  }

  /** Shows a page, or another version of it; variables and what was read stay where they still fit. */
  show(content) {
    const page = pageOf(content);
    if (!page) throw new BrokenPage('no page');
    const state = stateOf(page, this.page, this.state);
    const tree = this.resolved(page, state);
    if (!tree.count && tree.unknown.length) throw new BrokenPage('no block is known');
    const isFirst = !this.page;
    Object.assign(this, { page, state });
    this.hold(() => {
      this.queries.define(declared(page, 'query'));
      this.queries.runChanged();
      if (isFirst) this.hear({ source: page, scope: null }, 'load', {});
    }, settingsOf(page));
  }

  setGiven(params) {
    this.given = params || {};
    if (this.page) this.hold(() => this.queries.runChanged());
  }

  scope(page = this.page, state = this.state) {
    const params = paramsOf(page, this.given);
    return scopeOf({ $page: { state, params }, $query: this.queries.results, $viewer: this.viewer() });
  }

  resolved(page, state) {
    return resolve(page, { scope: this.scope(page, state), blocks: this.blocks, chosen: this.chosen });
  }

  /** Several changes are drawn once. */
  hold(change, settings) {
    this.holding += 1;
    try {
      change();
    } finally {
      this.holding -= 1;
    }
    if (!this.holding) this.redraw(settings);
  }

  redraw(settings) {
    if (this.holding || this.stopped || !this.page) return;
    const before = this.tree;
    this.tree = this.resolved(this.page, this.state);
    const changes = difference(before.items, this.tree.items);
    this.count(changes);
    if (settings || changes.length) this.draw({ settings, changes });
  }

  count(changes) {
    const told = changes.filter(([key]) => key !== null);
    told.forEach(([key]) => this.revisions.set(key, (this.revisions.get(key) || 0) + 1));
    this.revisions.forEach((rev, key) => {
      const node = this.tree.nodes.get(key);
      if (node) node.rev = rev;
    });
    told.filter(([, data]) => !data.node).forEach(([key, data]) => { data['node.rev'] = this.revisions.get(key); });
  }

  evaluated(params, scope, detail, where) {
    const outer = this.scope();
    // A component's own scope was made when it was drawn; what it is asked now is what holds now.
    const inner = scope ? rebased(scope, outer) : outer;
    const heard = detail === undefined ? inner : scopeOf({ $event: detail }, inner);
    return evaluated(params, heard, (name, reason) => this.warn(`${where} ${name}: ${reason}`));
  }

  /** @param {string} key of the node @param {string} event @param {any} detail */
  onBlock(key, event, detail) {
    const place = this.tree.places.get(key);
    if (!place) return;
    this.hold(() => {
      if (place.component === 'tabs') this.choose(key, detail);
      this.hear(place, event, detail);
    });
  }

  choose(key, detail) {
    if (detail && Number.isInteger(detail.index)) this.chosen = { ...this.chosen, [key]: detail.index };
  }

  hear(place, event, detail) {
    this.hold(() => this.handlers.hear(place, event, detail === undefined || detail === null ? {} : detail));
  }

  setState(name, value) {
    if (!isOwn(this.state, name)) return;
    this.hold(() => {
      this.state = { ...this.state, [name]: value === undefined ? null : value };
      this.queries.runChanged();
    });
    if (this.onState) this.onState(this.state);
  }

  runQuery(name) {
    this.queries.run(name);
  }
}

/** The same chain with another outermost record. */
function rebased(scope, outer) {
  return scope.outer ? scopeOf(scope.values, rebased(scope.outer, outer)) : outer;
}

module.exports = { BrokenPage, PageRun };
