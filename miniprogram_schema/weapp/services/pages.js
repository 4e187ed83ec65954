/**
 * The pages that a coordinator draws, as this device holds them: from the server, as last seen good,
 * and as shipped with the client. A page that was seen once is there without a network.
 *
 * Storage: `page:<id>` {etag, content, at}. A page enters it only after it was on screen.
 */
const { newCid } = require('./random.js');

const MINUTE = 60000;
const EMPTY = { content: null, etag: '' };

class Pages {
  /**
   * @param {object} parts
   * @param {any} parts.store @param {any} parts.clock
   * @param {object} parts.bundled page id → content
   * @param {{teen: any, staff: any}} parts.callers each {session, call, post}
   */
  constructor({ store, clock, bundled, callers }) {
    Object.assign(this, { store, clock, bundled, callers });
    /** What the server last told of all pages, and when it was asked, for teen and staff. */
    this.told = { teen: { at: -Infinity, etags: null }, staff: { at: -Infinity, etags: null } };
    this.asking = { teen: null, staff: null };
  }

  /** What can be shown without a line, the best first: [{content, etag}]. */
  atHand(page) {
    const cached = this.store.get(`page:${page}`);
    const shipped = this.bundled[page];
    return [cached && cached.content ? cached : null, shipped ? { content: shipped, etag: '' } : null].filter(Boolean);
  }

  keep(page, { content, etag }) {
    this.store.set(`page:${page}`, { content, etag, at: this.clock.now() });
  }

  drop(page) {
    this.store.remove(`page:${page}`);
  }

  /** Whether there is anybody to ask as: staff sign in on the desk, never by opening a page. */
  canAsk(as) {
    return as !== 'staff' || Boolean(this.callers.staff.session.who());
  }

  /** `{role}` of who looks on. */
  viewer(as) {
    const held = this.callers[as].session.who();
    return { role: (held && held.role) || (as === 'teen' ? 'teen' : '') };
  }

  /** A page for everybody needs no identity, so the first page does not wait for a sign-in. */
  ask(as, action, body) {
    const { session, call, post } = this.callers[as];
    return as === 'staff' || session.who() ? call(action, body) : post(action, body);
  }

  /** An action that a page asks for, with the identity of who looks on. */
  act(as, action, body) {
    return this.callers[as].call(action, body);
  }

  /** A fresh value for each of the parameters that the client fills in. */
  filling(names) {
    const today = new Date(this.clock.now());
    const two = (number) => String(number).padStart(2, '0');
    const made = { cid: newCid, day: () => `${today.getFullYear()}-${two(today.getMonth() + 1)}-${two(today.getDate())}` };
    return Object.fromEntries(names.map((name) => [name, made[name]()]));
  }

  /**
   * What is live, where it differs from `etag`.
   *
   * @returns {Promise<{content: any, etag: string}>} content null: nothing new
   * @throws an ApiError; `not_found` where there is no such page for this viewer
   */
  async fetch(page, as, etag) {
    if (!this.canAsk(as)) return EMPTY;
    const { content = null, etag: live = '' } = await this.ask(as, 'pages.open', etag ? { page, etag } : { page });
    return { content: live && live === etag ? null : content, etag: live };
  }

  /**
   * Whether the server has another version than `etag`, or none any more. Asks at most once a minute, for
   * all pages at once.
   */
  async hasNews(page, as, etag) {
    if (!this.canAsk(as)) return false;
    if (this.clock.now() - this.told[as].at >= MINUTE) await this.readManifest(as);
    const { etags } = this.told[as];
    return Boolean(etags && etags[page] !== etag);
  }

  readManifest(as) {
    if (!this.asking[as]) {
      this.asking[as] = this.heardManifest(as).finally(() => { this.asking[as] = null; });
    }
    return this.asking[as];
  }

  async heardManifest(as) {
    this.told[as] = { ...this.told[as], at: this.clock.now() };
    const { pages } = await this.ask(as, 'pages.manifest', {});
    const etags = Object.fromEntries(pages.map(({ page, etag }) => [page, etag]));
    this.told[as] = { ...this.told[as], etags };
  }
}

module.exports = { MINUTE, Pages };
