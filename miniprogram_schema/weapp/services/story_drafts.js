/**
 * Stories being written on this device, and the autosave that carries them to the server.
 *
 * Promise: what is typed is in storage at once, whatever the network does, and stays there until the
 * server holds that very wording or more. A wish to send is kept with it and is told after the
 * wording it belongs to. Nothing is cut: what is too long stays here and says so.
 *
 * Draft: {story, edit, saved (the highest edit the server holds), title, text, topic, animal, at (ms),
 * send: bool, why ('' or the words of a refusal that will not pass by waiting)}
 */
const { backOff } = require('./clock.js');
const { newCid } = require('./random.js');

const DRAFTS = 'stories.drafts';
/** How long a pause in writing has to be, in ms, before the server is told. */
const QUIET = 1200;
const LONGEST = { title: 30, text: 5000 };
const PASSING = new Set([
  'offline', 'timeout', 'interrupted', 'aborted', 'unavailable', 'internal', 'unauthenticated',
  'too_many_requests',
]);

const lengthOf = (text) => Array.from(text).length;
const fits = ({ title, text }) => (
  Boolean(text.trim()) && lengthOf(title) <= LONGEST.title && lengthOf(text) <= LONGEST.text
);
const hasWork = (draft) => !draft.why && fits(draft) && (draft.saved < draft.edit || draft.send);

class StoryDrafts {
  /**
   * @param {object} parts
   * @param {any} parts.store
   * @param {any} parts.clock
   * @param {function(string, object): Promise<any>} parts.call
   * @param {function(): void} parts.onChange
   * @param {function(any, boolean): void} parts.onHeard told each Mine the server answers, and
   *   whether it was sent with it
   */
  constructor({ store, clock, call, onChange, onHeard }) {
    Object.assign(this, { store, clock, call, onChange, onHeard });
    this.busy = false;
    this.failures = 0;
    this.timer = null;
  }

  /** Read anew each time: two pages of the mini-program share them. @returns {any[]} */
  get all() {
    return this.store.get(DRAFTS) || [];
  }

  get(story) {
    return this.all.find((draft) => draft.story === story) || null;
  }

  /** Takes up a story for writing: one of the server's (`mine`), or a new one under `animal`. */
  begin(mine, animal) {
    const from = mine || { story: newCid(), edit: 0, title: '', text: '', topic: 'other', animal };
    const { story, edit, title, text, topic } = from;
    const known = this.get(story);
    if (known && known.edit >= edit) return known;
    const draft = {
      story, edit, saved: edit, title, text, topic, animal: from.animal, at: this.clock.now(),
      send: false, why: '',
    };
    this.keep([...this.all.filter((one) => one.story !== story), draft]);
    return draft;
  }

  /** The same words as a story of its own, where the one they belonged to takes none any more. */
  beginAnew(story) {
    const { title, text, topic, animal } = this.get(story);
    this.drop(story);
    const draft = this.begin(null, animal);
    return this.write(draft.story, { title, text, topic });
  }

  write(story, change) {
    const draft = this.get(story);
    const wording = { ...draft, ...change };
    const next = { ...wording, edit: draft.edit + 1, at: this.clock.now(), send: false, why: '' };
    this.update(story, next);
    this.later(QUIET);
    return next;
  }

  /** Wishes it sent, in the wording it has now. */
  send(story) {
    this.update(story, { send: true, why: '' });
    this.hurry();
  }

  drop(story) {
    this.keep(this.all.filter((draft) => draft.story !== story));
  }

  /** Now instead of after the pause. */
  hurry() {
    this.failures = 0;
    this.later(0);
  }

  stop() {
    this.clock.cancel(this.timer);
  }

  later(pause) {
    this.clock.cancel(this.timer);
    this.timer = this.clock.later(() => this.pump(), pause);
  }

  async pump() {
    const draft = this.all.find(hasWork);
    if (this.busy || !draft) return;
    this.busy = true;
    this.onChange();
    try {
      await this.tell(draft);
      this.failures = 0;
    } catch (error) {
      this.refuse(draft, error);
    }
    this.busy = false;
    this.onChange();
    if (this.all.some(hasWork)) this.later(this.failures ? backOff(this.failures) : 0);
  }

  /** The server holds the wording before it is asked to send it. */
  async tell(draft) {
    if (draft.saved < draft.edit) await this.save(draft);
    const now = this.get(draft.story);
    if (!now || !now.send || now.edit !== now.saved) return;
    const { story } = await this.call('story.send', { story: now.story, edit: now.edit });
    const after = this.get(draft.story);
    if (after && after.edit === now.edit) this.drop(draft.story);
    this.onHeard(story, true);
  }

  /** Where other words stand under the same count already, the next count is ours. */
  async save(draft) {
    try {
      await this.saveAs(draft);
    } catch (error) {
      const now = this.get(draft.story);
      if (error.code !== 'conflict' || !now || now.edit !== draft.edit) throw error;
      const next = { ...draft, edit: draft.edit + 1 };
      await this.saveAs(next);
      if (this.get(draft.story)) this.update(draft.story, { edit: next.edit });
    }
  }

  async saveAs({ story, edit, title, text, topic, animal }) {
    const answer = await this.call('story.save', { story, edit, title, text, topic, animal });
    const held = answer.story.edit;
    const now = this.get(story);
    if (!now) return;
    // Another device is ahead by its count: what was written here last is what stays.
    if (held > edit) this.update(story, { edit: Math.max(now.edit, held + 1) });
    else this.update(story, { saved: Math.max(now.saved, edit) });
    this.onHeard(answer.story, false);
  }

  refuse(draft, error) {
    this.failures = PASSING.has(error.code) ? this.failures + 1 : 0;
    const now = this.get(draft.story);
    if (!PASSING.has(error.code) && now && now.edit === draft.edit) {
      this.update(draft.story, { why: error.message });
    }
  }

  update(story, change) {
    this.keep(this.all.map((draft) => (draft.story === story ? { ...draft, ...change } : draft)));
  }

  keep(drafts) {
    if (drafts.length) this.store.set(DRAFTS, drafts);
    else this.store.remove(DRAFTS);
    this.onChange();
  }
}

module.exports = { DRAFTS, StoryDrafts };
