/**
 * What was written and is not yet acknowledged.
 *
 * Promise: a text is in storage before the first try, leaves only when the server has it, and is
 * always sent with the same cid, so that it is neither lost nor doubled. Texts go one after the other,
 * in the order they were written. A refusal that will not pass by waiting (`failed`) stays on screen
 * until the person tries again or takes it back; it does not hold up what was written after it.
 *
 * Entry: {cid, conversation: string|null, text, at (ms), state: waiting|sending|failed, tries, why}
 */
const { backOff } = require('./clock.js');
const { newCid } = require('./random.js');

const LASTING = new Set([
  'bad_request', 'forbidden', 'not_found', 'conflict', 'too_large', 'method_not_allowed',
  'unsupported_media_type',
]);

class Outbox {
  /**
   * @param {object} parts
   * @param {string} parts.key where it is stored
   * @param {object} parts.store
   * @param {object} parts.clock
   * @param {function(object, function(object): void): Promise<void>} parts.send resolves once the
   *   server holds the entry; is handed a function that takes the request task
   * @param {function(): void} parts.onChange
   */
  constructor({ key, store, clock, send, onChange }) {
    Object.assign(this, { key, store, clock, send, onChange });
    this.entries = (store.get(key) || []).map((entry) => ({ ...entry, state: 'waiting' }));
    this.failures = 0;
    this.busy = false;
    this.isHurried = false;
    this.task = null;
    this.timer = null;
  }

  /** Keeps a text for sending. `conversation` may be null until the talk is open. */
  add(conversation, text) {
    const entry = {
      cid: newCid(), conversation, text, at: this.clock.now(), state: 'waiting', tries: 0, why: '',
    };
    this.change([...this.entries, entry]);
    this.pump();
    return entry;
  }

  /** Gives the talk's id to texts that were written before it was known. */
  bind(conversation) {
    if (!this.entries.some((entry) => !entry.conversation)) return;
    this.change(this.entries.map((entry) => (
      entry.conversation ? entry : { ...entry, conversation }
    )));
    this.pump();
  }

  /** Takes the talk's id from texts that were meant for one that has ended; `bind` gives the next. */
  release(conversation) {
    this.change(this.entries.map((entry) => (
      entry.conversation === conversation ? { ...entry, conversation: null } : entry
    )));
  }

  /** Drops what the server turned out to hold (the answer had been lost on its way). */
  settle(isHeld) {
    this.drop((entry) => isHeld(entry.cid));
  }

  /** Drops the entries for which `isDone(entry)` holds. */
  drop(isDone) {
    if (this.entries.some(isDone)) this.change(this.entries.filter((entry) => !isDone(entry)));
  }

  /** Tries one text again now, in the given talk; what waited is tried at once as well. */
  retry(cid, conversation) {
    this.update(cid, { state: 'waiting', conversation, why: '' });
    this.hurry();
  }

  /** Takes a text back that was not sent. */
  remove(cid) {
    this.change(this.entries.filter((entry) => entry.cid !== cid));
  }

  /** Tries now instead of after the pause; a try under way that fails is followed at once. */
  hurry() {
    this.clock.cancel(this.timer);
    this.failures = 0;
    this.isHurried = this.busy;
    this.pump();
  }

  /**
   * On screen again, or on another network: the line of a try under way is most likely dead, so it
   * is dropped and tried anew. The cid is the same, so arriving twice is arriving once.
   */
  renew() {
    this.hurry();
    if (this.task) this.task.abort();
  }

  async pump() {
    const entry = this.entries.find((one) => one.state === 'waiting' && one.conversation);
    if (this.busy || !entry) return;
    this.busy = true;
    this.clock.cancel(this.timer);
    this.update(entry.cid, { state: 'sending', tries: entry.tries + 1 });
    try {
      await this.send(entry, (task) => { this.task = task; });
      this.failures = 0;
      this.remove(entry.cid);
    } catch (error) {
      this.putBack(entry.cid, error);
    }
    this.task = null;
    this.busy = false;
    this.timer = this.clock.later(() => this.pump(), this.pause());
  }

  /** Ms until the next try. Who asked to hurry meanwhile does not wait, but for what the server says. */
  pause() {
    const { isHurried } = this;
    this.isHurried = false;
    if (!this.failures) return 0;
    return Math.max(this.retryAfter, isHurried ? 0 : backOff(this.failures));
  }

  putBack(cid, error) {
    const lasting = LASTING.has(error.code);
    this.failures = lasting ? 0 : this.failures + 1;
    this.retryAfter = error.retryAfter || 0;
    this.update(cid, { state: lasting ? 'failed' : 'waiting', why: error.message });
  }

  update(cid, change) {
    this.change(this.entries.map((entry) => (entry.cid === cid ? { ...entry, ...change } : entry)));
  }

  change(entries) {
    this.entries = entries;
    if (entries.length) this.store.set(this.key, entries);
    else this.store.remove(this.key);
    this.onChange();
  }
}

module.exports = { Outbox };
