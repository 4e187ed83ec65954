/**
 * The teen's check-ins: a face, feelings, and words if they like.
 *
 * Promise: a check-in is in storage before its first try and keeps its cid, so it is neither lost nor
 * doubled. Its words leave this device's storage once the server holds them: what is kept here for a
 * day without network is faces and feelings only.
 *
 * Entry: {cid, day, at, face, feelings, words: string|null (null: not read here), state: ''|sending|
 * waiting|failed, why}
 */
const { Outbox } = require('./outbox.js');
const { Watched } = require('./watched.js');

const HELD = 'mood.held';
const NOTICE = 'mood.notice';
const SHARED = 'mood.shared';
/** All check-ins belong to one box; the outbox asks for what they belong to. */
const BOX = 'mood';
/** Check-ins that are kept for a time without network. */
const KEPT = 800;

const removal = (cid) => `mood.remove ${cid}`;

class MoodBook extends Watched {
  /** @param {{call: any, store: any, clock: any, runner: any}} parts */
  constructor({ call, store, clock, runner }) {
    super();
    Object.assign(this, { call, store, clock, runner });
    this.words = new Map();
    this.removed = new Set();
    /** The earliest day that was read from the server since the start, '' for none. */
    this.since = '';
    this.problem = null;
    this.outbox = new Outbox({
      key: 'outbox.mood', store, clock,
      send: (entry) => this.deliver(entry),
      onChange: () => this.changed(),
    });
  }

  /** Everything that is known, the newest first. */
  get entries() {
    const unsent = this.outbox.entries.map(({ cid, at, state, why, text }) => ({ cid, at, state, why, ...text }));
    const waiting = new Set(unsent.map((one) => one.cid));
    const held = this.held.filter(({ cid }) => !waiting.has(cid) && !this.isRemoved(cid));
    const told = held.map((one) => ({ ...one, words: this.wordsOf(one.cid), state: '', why: '' }));
    return [...unsent, ...told].sort((one, other) => (
      one.day === other.day ? other.at - one.at : other.day.localeCompare(one.day)
    ));
  }

  get held() {
    return this.store.get(HELD) || [];
  }

  wordsOf(cid) {
    return this.words.has(cid) ? this.words.get(cid) : null;
  }

  isRemoved(cid) {
    return this.removed.has(cid) || this.runner.has(removal(cid));
  }

  /** @param {{day: string, face: number, feelings: string[], words: string}} told */
  save({ day, face, feelings, words }) {
    this.outbox.add(BOX, { day, face, feelings, words });
  }

  async deliver({ cid, text }) {
    const { mood, offer, safety } = await this.call('mood.save', { cid, ...text });
    if (this.removed.has(cid)) this.tellRemoved(cid);
    else this.hold([mood], [...this.held.filter((one) => one.cid !== cid)]);
    if (offer || safety) this.notice = { offer, safety };
  }

  retry(cid) {
    this.outbox.retry(cid, BOX);
  }

  /** What may have reached the server is removed there too; an answer may have been lost. */
  remove(cid) {
    const unsent = this.outbox.entries.find((one) => one.cid === cid);
    const isOnlyHere = unsent && (unsent.tries === 0 || unsent.state === 'failed');
    this.removed.add(cid);
    this.outbox.remove(cid);
    this.store.set(HELD, this.held.filter((one) => one.cid !== cid));
    if (!isOnlyHere) this.tellRemoved(cid);
    this.changed();
  }

  tellRemoved(cid) {
    this.runner.say(removal(cid), 'mood.remove', { cid });
  }

  /** Reads anew, at most 400 days; without a line what is held stays on screen. */
  async read(from, until) {
    try {
      const { moods } = await this.call('mood.list', { from, until });
      const others = this.held.filter((one) => one.day < from || one.day > until);
      if (!this.since || from < this.since) this.since = from;
      this.problem = null;
      this.hold(moods, others);
    } catch (error) {
      this.problem = error;
    }
    this.changed();
  }

  hold(moods, others) {
    moods.forEach(({ cid, words }) => this.words.set(cid, words));
    const bare = moods.map(({ cid, day, at, face, feelings }) => ({ cid, day, at, face, feelings }));
    const all = [...others, ...bare].sort((one, other) => one.day.localeCompare(other.day));
    this.store.set(HELD, all.slice(-KEPT));
  }

  /** null | {offer, safety}: what the last check-in asks to show, until it is put away. */
  get notice() {
    return this.store.get(NOTICE) || null;
  }

  set notice(notice) {
    if (notice) this.store.set(NOTICE, notice);
    else this.store.remove(NOTICE);
    this.changed();
  }

  /** Whether whoever talks with the teen sees faces and feelings; nothing said means no. */
  get shared() {
    return Boolean(this.store.get(SHARED));
  }

  get shareWaits() {
    return this.runner.has(SHARED);
  }

  setShared(on) {
    this.store.set(SHARED, on);
    this.runner.say(SHARED, 'mood.share', { on });
    this.changed();
  }

  /** What was said on another device; what is still to be told from here goes before it. */
  async hearShared() {
    if (this.shareWaits) return;
    try {
      const { shared } = await this.call('mood.shared', {});
      if (!this.shareWaits) this.store.set(SHARED, Boolean(shared));
      this.changed();
    } catch (error) {
      // The switch stays as it was last set here.
    }
  }

  wake() {
    this.outbox.renew();
  }
}

module.exports = { MoodBook };
