/**
 * One answer on its way: kept until the server holds it.
 *
 * Promise: what is being written is in storage while it is written. What was sent is in storage, its
 * pictures too, before its first try, keeps its cid, and is tried again with growing pauses, also after
 * the page was left; so it arrives once. A refusal that will not pass by waiting gives it back to be
 * changed, and the next try is another answer. Pictures go before it, in parts that a request may have.
 */
const PASSING = new Set([
  'offline', 'timeout', 'interrupted', 'aborted', 'unavailable', 'internal', 'unauthenticated',
  'too_many_requests',
]);
const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 20000;
/** Of a picture in base64: 51,198 bytes, so that no part ends in the middle of three bytes. */
const PART = 68264;

class Sending {
  /**
   * @param {object} parts
   * @param {string} parts.page the page the form stands on
   * @param {string} parts.form its id there
   * @param {(action: string, body: object) => Promise<any>} parts.call
   * @param {any} parts.store get, set, remove
   * @param {any} parts.clock now, later, cancel
   * @param {() => string} parts.newCid
   * @param {() => void} parts.onChange
   */
  constructor({ page, form, call, store, clock, newCid, onChange }) {
    Object.assign(this, { page, form, call, store, clock, newCid, onChange });
    this.key = `form:${page}/${form}`;
    /** writing | sending | waiting | refused | sent */
    this.phase = this.entry ? 'waiting' : 'writing';
    this.problem = null;
    this.answer = null;
    this.failures = 0;
    this.timer = null;
  }

  get draft() {
    return this.store.get(`${this.key} draft`) || {};
  }

  /** Keeps what is being written; pictures are too large to be kept with every letter. */
  keepDraft(values) {
    this.store.set(`${this.key} draft`, values);
  }

  get entry() {
    return this.store.get(`${this.key} sending`);
  }

  /** When and under which cid the last answer arrived: {cid, at}. */
  get last() {
    return this.store.get(`${this.key} sent`);
  }

  /** Sends an answer; a second tap while one is under way changes nothing. */
  submit(values, pictures) {
    if (this.phase === 'sending' || this.phase === 'waiting') return;
    const cid = this.newCid();
    pictures.forEach((data, index) => this.store.set(this.pictureKey(index), data));
    this.store.set(`${this.key} sending`, { cid, values, pictures: pictures.length });
    this.problem = null;
    this.failures = 0;
    this.go();
  }

  pictureKey(index) {
    return `${this.key} picture ${index}`;
  }

  /** Goes on with what was left under way, at once. */
  async go() {
    const { entry } = this;
    if (!entry || this.phase === 'sending') return;
    this.clock.cancel(this.timer);
    this.change('sending');
    try {
      this.answer = await this.deliver(entry);
      this.forget(entry);
      this.store.remove(`${this.key} draft`);
      this.store.set(`${this.key} sent`, { cid: entry.cid, at: this.answer.at });
      this.change('sent');
    } catch (error) {
      this.problem = error;
      if (PASSING.has(error.code)) this.wait(error);
      else {
        this.forget(entry);
        this.change('refused');
      }
    }
  }

  async deliver({ cid, values, pictures }) {
    for (let index = 0; index < pictures; index += 1) {
      await this.bring(cid, index, this.store.get(this.pictureKey(index)) || '');
    }
    return this.call('forms.send', { cid, page: this.page, form: this.form, values });
  }

  async bring(cid, index, picture) {
    const parts = Math.max(Math.ceil(picture.length / PART), 1);
    for (let part = 0; part < parts; part += 1) {
      const data = picture.slice(part * PART, (part + 1) * PART);
      await this.call('forms.picture', { cid, index, part, parts, data });
    }
  }

  wait({ retryAfter = 0 }) {
    this.failures += 1;
    const pause = Math.min(FIRST_PAUSE * 2 ** (this.failures - 1), LONGEST_PAUSE);
    this.timer = this.clock.later(() => this.go(), Math.max(retryAfter, pause));
    this.change('waiting');
  }

  forget({ pictures }) {
    this.store.remove(`${this.key} sending`);
    for (let index = 0; index < pictures; index += 1) this.store.remove(this.pictureKey(index));
  }

  /** Takes the last answer back; what cannot be reached is told, and it still stands. */
  async withdraw() {
    await this.call('forms.withdraw', { cid: this.last.cid });
    this.store.remove(`${this.key} sent`);
    this.again();
  }

  again() {
    this.problem = null;
    this.change('writing');
  }

  /** The page is left: what is under way is taken up when it is opened again. */
  leave() {
    this.clock.cancel(this.timer);
    this.onChange = () => {};
  }

  change(phase) {
    this.phase = phase;
    this.onChange();
  }
}

module.exports = { PART, Sending };
