/**
 * What a listener of a page can do: the platform's few commands, and the server's actions. Whatever
 * else a page names does nothing.
 *
 * A listener may be followed by others of the same component, for `<its id>.done` (`$event` is the
 * answer) and `<its id>.failed` (`$event` is {message, hint}). Nothing fails silently: where a page
 * does not say what follows, the message is shown.
 */
const { isPageId } = require('./page.js');
const { isOwn, toText } = require('./values.js');

const NUMBER = /^\+?[\d -]{3,20}$/;

/** name → (view, params); a view is the run of a page with its `platform`. */
const PLATFORM = {
  navigateTo: ({ platform }, { page, params }) => { if (isPageId(page)) platform.navigateTo(page, params || {}); },
  redirectTo: ({ platform }, { page, params }) => { if (isPageId(page)) platform.redirectTo(page, params || {}); },
  navigateBack: ({ platform }) => platform.navigateBack(),
  setState: (run, { name, value }) => run.setState(name, value),
  toast: ({ platform }, { text, kind }) => { if (toText(text)) platform.toast(toText(text), toText(kind)); },
  openChat: ({ platform }) => platform.openChat(),
  callHotline: ({ platform }, { number }) => { if (NUMBER.test(toText(number))) platform.callHotline(toText(number)); },
  query: (run, { name }) => { run.runQuery(name); },
  copy: ({ platform }, { text }) => { if (toText(text)) platform.copy(toText(text)); },
  scrollToTop: ({ platform }) => platform.scrollToTop(),
};

class Handlers {
  /** @param {any} run the run of the page: platform, call, evaluated, setState, runQuery, onRan? */
  constructor(run) {
    this.run = run;
    this.underWay = new Set();
    /** What was filled in for a call that did not succeed: said again, it is the same call. */
    this.filled = new Map();
  }

  /**
   * @param {any} place {source, scope} of the component (or of the page)
   * @param {string} eventName @param {any} detail
   */
  hear(place, eventName, detail) {
    const listeners = Array.isArray(place.source.listeners) ? place.source.listeners : [];
    const heard = listeners.filter((one) => one && one.eventName === eventName && one.handler);
    const ran = heard.map((listener) => this.start(place, listener, detail));
    if (this.run.onRan && (ran.length || !eventName.includes('.'))) this.run.onRan(place.source, eventName, detail, ran);
  }

  /** @returns {{module: string, name: string, params: object}} what was done */
  start(place, listener, detail) {
    const { module, name, params } = listener.handler;
    const given = this.run.evaluated(params, place.scope, detail, `${listener.id}`);
    if (module === 'platform' && isOwn(PLATFORM, name)) this.safely(() => PLATFORM[name](this.run, given));
    if (module === 'dataSource') this.act(place, listener, given);
    return { module: String(module), name: String(name), params: given };
  }

  safely(action) {
    try {
      action();
    } catch (error) {
      this.run.warn(error.message);
    }
  }

  /** The same call twice at once is one tap too many. */
  async act(place, { id, handler }, params) {
    const mark = JSON.stringify([id, handler.name, params]);
    if (this.underWay.has(mark)) return;
    this.underWay.add(mark);
    if (!this.filled.has(mark)) this.filled.set(mark, this.run.fillingOf(String(handler.name)));
    let outcome;
    try {
      outcome = ['done', await this.run.call(String(handler.name), { ...this.filled.get(mark), ...params })];
      this.filled.delete(mark);
    } catch (error) {
      outcome = ['failed', { message: error.message || '没有成功，请再试一次。', hint: error.hint || '' }];
    }
    this.underWay.delete(mark);
    this.follow(place, id, outcome);
  }

  /** @param {any} place @param {string} id @param {any[]} outcome how it went, and what is told of it */
  follow(place, id, [how, detail]) {
    if (this.run.stopped) return;
    const eventName = `${id}.${how}`;
    const listeners = Array.isArray(place.source.listeners) ? place.source.listeners : [];
    const isHeard = listeners.some((one) => one && one.eventName === eventName);
    if (isHeard) this.run.hear(place, eventName, detail);
    else if (how === 'failed') this.run.platform.toast(detail.message, 'none');
  }
}

module.exports = { Handlers };
