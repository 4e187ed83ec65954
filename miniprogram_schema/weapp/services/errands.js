/**
 * Small things said once that the server has not heard yet: an answer of the survey, a consent.
 *
 * Promise: kept in storage until heard, told in the order they were said, a later word replaces an
 * earlier one of the same `key`. They never hold up a talk: what the server will not take is dropped.
 * The talk and the other pages share one of these, and one run follows another, so that of two words
 * about the same thing the later one is the last the server hears.
 */
const KEY = 'errands';
const PASSING = new Set([
  'offline', 'timeout', 'interrupted', 'aborted', 'unavailable', 'internal', 'unauthenticated',
  'too_many_requests',
]);

class Errands {
  /** @param {{store: any, call: function(string, object, object=): Promise<object>}} parts */
  constructor({ store, call }) {
    Object.assign(this, { store, call });
    this.underway = Promise.resolve();
    /** @type {Set<() => void>} told when something was said or heard */
    this.watchers = new Set();
  }

  /** Errands are few; reading them anew lets two tabs share them. @returns {object[]} */
  get waiting() {
    return this.store.get(KEY) || [];
  }

  add(key, action, body) {
    this.keep([...this.waiting.filter((one) => one.key !== key), { key, action, body }]);
  }

  has(key) {
    return this.waiting.some((one) => one.key === key);
  }

  /**
   * Tells what waits, one after the other.
   *
   * @param {(data: any) => void} onHeard told each answer, null where it was refused
   * @throws the error of a fault that passes; what waits is kept then
   */
  run(onTask, onHeard) {
    if (!this.waiting.length) return Promise.resolve();
    const before = this.underway.catch(() => {});
    this.underway = before.then(() => this.tellAll(onTask, onHeard));
    return this.underway;
  }

  async tellAll(onTask, onHeard) {
    for (const errand of this.waiting) {
      const data = await this.tell(errand, onTask);
      this.forget(errand);
      onHeard(data);
    }
  }

  async tell({ action, body }, onTask) {
    try {
      return await this.call(action, body, { onTask });
    } catch (error) {
      if (PASSING.has(error.code)) throw error;
      return null;
    }
  }

  /** Only what was told goes: the person may have said something else meanwhile. */
  forget({ key, body }) {
    const said = JSON.stringify(body);
    this.keep(this.waiting.filter((one) => one.key !== key || JSON.stringify(one.body) !== said));
  }

  keep(errands) {
    if (errands.length) this.store.set(KEY, errands);
    else this.store.remove(KEY);
    this.watchers.forEach((tell) => tell());
  }
}

module.exports = { Errands, PASSING };
