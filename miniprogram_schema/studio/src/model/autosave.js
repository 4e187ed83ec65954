/**
 * Saves the draft by itself, 1.5 s after the last change, and never loses one: what is not yet held by
 * the server lies in `store` under the page's name. States: 'saved', 'waiting' (changed), 'saving',
 * 'offline' (tries again), 'conflict' (somebody else saved; nothing more is sent until it is resolved),
 * 'signed_out' and 'refused' (the server said no; `reason` says why).
 */
export const QUIET_MS = 1500;
const RETRY_MS = [2000, 5000, 10000, 30000];
const AGAIN = new Set(['offline', 'timeout', 'unavailable', 'internal', 'too_many_requests', 'interrupted']);

export class Autosave {
  /**
   * @param {object} parts
   * @param {function({page, content, revision}): Promise<{revision, faults}>} parts.save
   * @param {{get, set, remove}} parts.store
   * @param {{now, later, cancel}} parts.clock
   * @param {function(): void} parts.onChange
   */
  constructor({ page, revision, content, save, store, clock, onChange = () => {} }) {
    Object.assign(this, { page, revision, save, store, clock, onChange });
    Object.assign(this, { state: 'saved', reason: '', faults: [], theirs: null, failures: 0 });
    this.held = content;
    this.base = content;
    this.timer = null;
    this.underway = null;
  }

  get isBusy() {
    return this.state !== 'saved';
  }

  /** The page was changed. */
  edited(content) {
    this.held = content;
    this.keep();
    if (this.state === 'conflict') return;
    this.set('waiting');
    this.start(QUIET_MS);
  }

  /** Saves now; resolves once nothing is left to save or it cannot go on. Returns whether all is saved. */
  async flush() {
    this.clock.cancel(this.timer);
    if (this.state === 'conflict') return false;
    while (this.held !== this.base || this.underway) {
      await (this.underway ?? this.send());
      if (!['saved', 'waiting'].includes(this.state)) return false;
    }
    return true;
  }

  /** The network is back or somebody signed in again. */
  wake() {
    if (['offline', 'signed_out'].includes(this.state)) this.start(0);
  }

  /** Goes on from what is on the server now: after theirs was taken, or mine was put on top of it. */
  resolve({ revision, base, content }) {
    Object.assign(this, { revision, base, held: content, theirs: null, failures: 0 });
    if (content === base) this.settle();
    else this.edited2();
  }

  stop() {
    this.clock.cancel(this.timer);
    this.isStopped = true;
  }

  edited2() {
    this.keep();
    this.set('waiting');
    this.start(0);
  }

  start(delay) {
    this.clock.cancel(this.timer);
    this.timer = this.clock.later(() => this.flush(), delay);
  }

  send() {
    this.set('saving');
    this.underway = this.attempt(this.held).finally(() => { this.underway = null; });
    return this.underway;
  }

  async attempt(content) {
    try {
      const answer = await this.save({ page: this.page, content, revision: this.revision });
      Object.assign(this, { revision: answer.revision, faults: answer.faults ?? [], base: content, failures: 0 });
      if (this.held === content) this.settle();
      else this.set('waiting');
    } catch (error) {
      this.failed(error);
    }
  }

  settle() {
    this.store.remove(keyOf(this.page));
    this.set('saved');
  }

  failed(error) {
    this.reason = error.message;
    if (error.code === 'conflict' && error.theirs !== undefined) {
      this.theirs = error.theirs ?? {}; // Null: the page was removed meanwhile.
      this.set('conflict');
    } else if (error.code === 'unauthenticated') {
      this.set('signed_out');
    } else if (AGAIN.has(error.code)) {
      this.set('offline');
      if (!this.isStopped) this.start(RETRY_MS[Math.min(this.failures, RETRY_MS.length - 1)]);
      this.failures += 1;
    } else {
      this.set('refused');
    }
    this.keep();
  }

  keep() {
    const { revision, base, held } = this;
    this.store.set(keyOf(this.page), { revision, base, content: held, at: this.clock.now() });
  }

  set(state) {
    this.state = state;
    this.onChange();
  }
}

export const keyOf = (page) => `studio.draft.${page}`;

const WORDS = {
  saved: '已保存', waiting: '有改动，马上保存', saving: '正在保存…', offline: '网络不通，先存在这台电脑上，连上就保存',
  conflict: '有人也改了这一页，请选择怎么办', signed_out: '登录过期，先存在这台电脑上', refused: '没有保存',
};

export function wordsOf({ state, reason }) {
  return state === 'refused' ? `${WORDS.refused}：${reason}` : WORDS[state];
}
