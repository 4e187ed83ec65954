/**
 * The teen's own safety plan. It is kept in this device's storage, because it is needed most where
 * there is no network; what was changed is shown at once and told to the server when it can be.
 *
 * Promise: a change is in storage before its first try and keeps its cid until something else is
 * changed. Changed on two devices, both changes hold (merge.js).
 *
 * Sections: {signs, helps, places, reasons: [str], people: [{name, phone}]}
 */
const { PASSING } = require('./errands.js');
const { backOff } = require('./clock.js');
const { mergeLists } = require('./merge.js');
const { newCid } = require('./random.js');
const { Watched } = require('./watched.js');

const HELD = 'plan.held';
const DRAFT = 'plan.draft';
const SHARED = 'plan.shared';
const SECTIONS = ['signs', 'helps', 'places', 'people', 'reasons'];
const MOST_ENTRIES = 12;
/** Several changes made one after the other become one version. */
const GATHER = 1200;

const sectionsOf = (plan) => Object.fromEntries(SECTIONS.map((name) => [name, (plan && plan[name]) || []]));

class PlanBook extends Watched {
  /** @param {{call: any, store: any, clock: any, runner: any}} parts */
  constructor({ call, store, clock, runner }) {
    super();
    Object.assign(this, { call, store, clock, runner });
    this.problem = null;
    this.failures = 0;
    this.busy = false;
    this.timer = null;
  }

  /** The plan as the server last told it, or null. */
  get held() {
    return this.store.get(HELD) || null;
  }

  /** {cid, sections} that the server has not heard, or null. */
  get draft() {
    return this.store.get(DRAFT) || null;
  }

  get sections() {
    return this.draft ? this.draft.sections : sectionsOf(this.held);
  }

  get isEmpty() {
    const { sections } = this;
    return SECTIONS.every((name) => !sections[name].length);
  }

  get suggestions() {
    return (this.held && this.held.suggestions) || [];
  }

  /** @param {string} section @param {any[]} entries all of it, as it now is */
  edit(section, entries) {
    this.change({ ...this.sections, [section]: entries.slice(0, MOST_ENTRIES) });
  }

  /** Takes an earlier version back; what is there now stays behind as a version of its own. */
  restore(plan) {
    this.change(sectionsOf(plan));
  }

  change(sections) {
    this.store.set(DRAFT, { cid: newCid(), sections });
    this.changed();
    this.later(GATHER);
  }

  later(pause) {
    this.clock.cancel(this.timer);
    this.timer = this.clock.later(() => this.tell(), pause);
  }

  /** On screen again, or the network changed. */
  wake() {
    this.failures = 0;
    if (this.draft) this.later(0);
  }

  /** Reads what the server holds; without a line what is kept here stays. */
  async refresh() {
    try {
      const { plan } = await this.call('plan.get', {});
      // What was changed here began from what was held, so that must stay until it is merged.
      if (!this.draft && !this.busy) this.hold(plan);
      this.problem = null;
    } catch (error) {
      this.problem = error;
    }
    this.changed();
    if (this.draft) this.later(0);
  }

  hold(plan) {
    this.store.set(HELD, plan);
    if (!this.shareWaits) this.store.set(SHARED, Boolean(plan.shared));
  }

  async tell() {
    const { draft } = this;
    if (this.busy || !draft) return;
    this.busy = true;
    this.clock.cancel(this.timer);
    let pause = 0;
    try {
      await this.send(draft);
      this.failures = 0;
      this.problem = null;
    } catch (error) {
      pause = this.pauseAfter(error);
    }
    this.busy = false;
    this.changed();
    if (this.draft && pause !== null) this.later(pause);
  }

  async send({ cid, sections }) {
    const base = this.held ? this.held.version : 0;
    try {
      const { plan } = await this.call('plan.save', { base, cid, ...sections });
      this.settle(cid, plan);
    } catch (error) {
      if (error.code !== 'conflict') throw error;
      this.join((await this.call('plan.get', {})).plan);
    }
  }

  /** What was changed while this was on its way goes on from what was told. */
  settle(cid, plan) {
    const { draft } = this;
    if (draft && draft.cid === cid) this.store.remove(DRAFT);
    this.hold(plan);
  }

  /** Another device changed the plan meanwhile. */
  join(theirs) {
    const base = sectionsOf(this.held);
    const mine = this.sections;
    const merged = SECTIONS.map((name) => [name, mergeLists(base[name], mine[name], theirs[name])]);
    this.hold(theirs);
    this.store.set(DRAFT, { cid: newCid(), sections: Object.fromEntries(merged) });
  }

  /** Ms until the next try; null where trying again is of no use until something is changed. */
  pauseAfter(error) {
    this.problem = error;
    if (!PASSING.has(error.code)) return null;
    this.failures += 1;
    return Math.max(error.retryAfter || 0, backOff(this.failures));
  }

  /** Whether whoever talks with the teen sees the plan; nothing said means no. */
  get shared() {
    return Boolean(this.store.get(SHARED));
  }

  get shareWaits() {
    return this.runner.has(SHARED);
  }

  setShared(on) {
    this.store.set(SHARED, on);
    this.runner.say(SHARED, 'plan.share', { on });
    this.changed();
  }

  /** @throws an ApiError: answering needs a line */
  async answerSuggestion(id, accept) {
    const { plan } = await this.call('plan.answer_suggestion', { id, accept });
    if (this.draft) this.join(plan);
    else this.hold(plan);
    this.changed();
    if (this.draft) this.later(0);
  }

  async versions() {
    return (await this.call('plan.versions', {})).versions;
  }

  async version(version) {
    return (await this.call('plan.version', { version })).plan;
  }
}

module.exports = { MOST_ENTRIES, PlanBook, SECTIONS };
