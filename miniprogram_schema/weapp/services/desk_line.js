/**
 * What the desk hears: sign-in, the polls, the lists they bring and the talk that is open.
 *
 * Every poll renews the lease on the talks in hand, so the loop goes on in the background as long as
 * the platform lets it. `desk_talk.js` adds what the member may ask for.
 */
const { Talk, WAIT, POLL_TIMEOUT } = require('./talk.js');

const SEEN = 'desk.seen';
const EMPTY_QUEUE = { listener: 0, counsellor: 0, heads: [] };
/** A talk is opened at its newest page; what stands above it is read on request. */
const FIRST_PAGE = 100;

class DeskLine extends Talk {
  /** @param {any} parts those of Talk, and the staff's `session` */
  constructor({ session, ...parts }) {
    super({ ...parts, feature: 'desk' });
    Object.assign(this, {
      session, needsInvitation: false, needsFactor: false, me: null, queue: EMPTY_QUEUE, talks: [], alerts: [], offers: [], writeUps: [],
      version: '', openId: '', older: '', skew: 0,
    });
    this.seen = parts.store.get(SEEN) || {};
  }

  /** loading | join | factor | ready */
  get phase() {
    if (this.needsInvitation) return 'join';
    if (this.needsFactor) return 'factor';
    return this.me ? 'ready' : 'loading';
  }

  /** What is still asked of whoever leads: '' | enrol | code. */
  get needs() {
    return this.session.needs;
  }

  get target() {
    return this.openId || null;
  }

  get pending() {
    return this.outbox.entries.filter((entry) => entry.conversation === this.openId);
  }

  /** Now by the server's clock, as far as its last answer to a message told it; clocks are its own. */
  get time() {
    return this.clock.now() + this.skew;
  }

  take(data) {
    if (data.message && !data.replayed) this.skew = data.message.at - this.clock.now();
    return super.take(data);
  }

  unreadOf(head) {
    return head.id === this.openId ? 0 : Math.max(0, head.seq - (this.seen[head.id] || 0));
  }

  async join(invitation, name) {
    await this.session.join(invitation, name);
    this.needsInvitation = false;
    this.wake();
  }

  /** @param {string} code of the second factor */
  async showFactor(code) {
    await this.session.showFactor(code);
    this.needsFactor = false;
    this.wake();
  }

  open(id) {
    this.shut();
    this.openId = id;
    this.onChange();
    this.loop.kick();
  }

  /** No talk is open; an empty version makes the next poll answer at once. */
  shut() {
    Object.assign(this, { openId: '', conversation: null, version: '', older: '' });
  }

  /** The lists may have changed by what was just done: ask for them at once. */
  refresh() {
    this.version = '';
    this.onChange();
    this.loop.kick();
  }

  get hasOlder() {
    return Boolean(this.conversation) && this.transcript.first > 1;
  }

  /** Reads the page above what is held; `older` tells how it stands: '' | loading | failed. */
  async loadOlder() {
    if (this.older === 'loading' || !this.hasOlder) return;
    const { openId, transcript } = this;
    this.setOlder(openId, 'loading');
    try {
      const body = { conversation: openId, before: transcript.first };
      transcript.merge((await this.call('desk.history', body)).messages);
      this.setOlder(openId, '');
    } catch (error) {
      this.setOlder(openId, 'failed');
    }
  }

  setOlder(id, state) {
    if (id !== this.openId) return;
    this.older = state;
    this.onChange();
  }

  async poll(onTask) {
    try {
      return this.hear(await this.ask(onTask));
    } catch (error) {
      if (error.code === 'unauthenticated') return this.signOut();
      if (error.code === 'second_factor') return this.waitForFactor();
      if (error.code !== 'not_found' || !this.openId) throw error;
      this.shut();
      this.onChange();
      return { fresh: true };
    }
  }

  ask(onTask) {
    const body = { after: this.openId ? this.heardOf(this.openId) : 0, wait: WAIT };
    body.version = this.version;
    if (this.openId) body.conversation = this.openId;
    return this.call('desk.poll', body, { onTask, timeout: POLL_TIMEOUT });
  }

  /** The highest seq held; where nothing is held, all but the newest page is left for later. */
  heardOf(id) {
    const { after } = this.transcriptOf(id);
    const head = this.talks.find((one) => one.id === id);
    return after || !head ? after : Math.max(0, head.seq - FIRST_PAGE);
  }

  hear(data) {
    const changed = data.version !== this.version;
    const { me, queue, talks, alerts = [], offers = [], write_ups: writeUps = [], version } = data;
    Object.assign(this, { me, queue, talks, alerts, offers, writeUps, version });
    this.dropLost();
    const answer = this.take(data);
    const isGone = this.openId && !data.conversation;
    if (isGone) this.shut();
    this.onChange();
    return { ...answer, fresh: answer.fresh || changed || isGone };
  }

  /** What was refused because the talk is in other hands cannot be sent from here any more. */
  dropLost() {
    const own = this.alerts.filter((alert) => alert.mine).map((alert) => alert.conversation);
    const mine = new Set([...own, ...this.talks.map((head) => head.id)]);
    this.outbox.drop((entry) => entry.state === 'failed' && !mine.has(entry.conversation));
    this.seen = Object.fromEntries(Object.entries(this.seen).filter(([id]) => mine.has(id)));
  }

  /**
   * Answers for a talk that is no longer open are kept as messages but do not take the screen; nor
   * does a view that a step taken since (a corrected level, an offer) has made old.
   */
  see(view) {
    const held = this.conversation;
    if (view.id !== this.openId) return;
    if (held && held.id === view.id && view.version < held.version) return;
    super.see(view);
    this.seen = { ...this.seen, [view.id]: view.seq };
    this.store.set(SEEN, this.seen);
  }

  waitForFactor() {
    this.needsFactor = true;
    this.onChange();
    return { done: true };
  }

  signOut() {
    this.session.forget();
    Object.assign(this, { needsInvitation: true, needsFactor: false });
    this.me = null;
    this.onChange();
    return { done: true };
  }
}

module.exports = { DeskLine };
