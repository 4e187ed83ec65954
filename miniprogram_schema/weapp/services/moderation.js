/**
 * Stories, answers and reports that wait for a person, as the desk of a moderator holds them.
 *
 * One thing is open at a time. It is held by a lease of ten minutes that is renewed while it stands
 * open; where its author has changed it meanwhile, the renewal brings the new wording, and `changed`
 * says so. A decision names the version that was seen, so that nothing else is ever decided on.
 */
const { newCid } = require('./random.js');

const ACTIVE_PAUSE = 10000;
const IDLE_PAUSE = 60000;
const RENEW_AFTER = 4 * 60000;
/** So often a lease is renewed without anything decided: then others get it. */
const RENEWALS = 4;
const NOTHING = { waiting: 0, overdue: 0, reports: 0 };

class Moderation {
  /** @param {{call: any, clock: any, onChange: function(): void}} parts */
  constructor({ call, clock, onChange }) {
    Object.assign(this, { call, clock, onChange });
    this.items = [];
    this.more = false;
    this.cursor = '';
    this.counts = NOTHING;
    this.problem = '';
    this.item = null;
    this.changed = false;
    this.takenAt = 0;
    this.renewals = 0;
    this.active = false;
    this.answering = { said: '', cid: '' };
    this.timer = null;
  }

  /** Looks often while the moderator looks, now and then otherwise. */
  watch(active) {
    this.active = active;
    this.tick();
  }

  stop() {
    this.clock.cancel(this.timer);
    this.stopped = true;
  }

  async tick() {
    this.clock.cancel(this.timer);
    await this.refresh().catch((error) => this.report(error));
    await this.renew().catch(() => {});
    if (this.stopped) return;
    this.clock.cancel(this.timer);
    this.timer = this.clock.later(() => this.tick(), this.active ? ACTIVE_PAUSE : IDLE_PAUSE);
  }

  report(error) {
    this.problem = error.message;
    this.onChange();
  }

  async refresh() {
    const { items, more, cursor, counts } = await this.call('story.queue', {});
    Object.assign(this, { items, more, cursor, counts, problem: '' });
    this.onChange();
  }

  async readMore() {
    const page = await this.call('story.queue', { after: this.cursor });
    const held = new Set(this.items.map(({ id }) => id));
    const items = [...this.items, ...page.items.filter(({ id }) => !held.has(id))];
    Object.assign(this, { ...page, items });
    this.onChange();
  }

  async take(kind, id) {
    this.show((await this.call('story.take', { kind, id })).item);
    this.renewals = 0;
    this.changed = false;
    this.onChange();
  }

  /** What is open stays held while it is looked at. */
  async renew() {
    const { item } = this;
    if (!item || this.renewals >= RENEWALS || this.clock.now() - this.takenAt < RENEW_AFTER) return;
    await this.reread();
  }

  /** Where the author changed the wording, the new one is shown and said to be new. */
  async reread() {
    const { item } = this;
    const answer = await this.call('story.take', { kind: item.kind, id: item.id });
    if (this.item !== item) return;
    this.show(answer.item);
    this.renewals += 1;
    this.onChange();
  }

  show(item) {
    const before = this.item;
    this.changed = Boolean(before && item && before.id === item.id && before.version !== item.version);
    this.item = item;
    this.takenAt = this.clock.now();
  }

  async putBack() {
    const { kind, id } = this.item;
    await this.call('story.put_back', { kind, id });
    this.item = null;
    this.tick();
  }

  /** @param {object} end what was decided, without kind, id and version, which are what was seen */
  async decide(end) {
    const { kind, id, version } = this.item;
    const { next } = await this.call('story.decide', { kind, id, version, ...end });
    this.show(next || null);
    this.renewals = 0;
    this.changed = false;
    this.onChange();
    this.tick();
  }

  /** Words of a counsellor's own; the same again, after a lost reply, go under the same cid. */
  async answer(story, text) {
    const said = `${story} ${text}`;
    if (this.answering.said !== said) this.answering = { said, cid: newCid() };
    const { cid } = this.answering;
    await this.call('story.answer_as_counsellor', { story, cid, text });
  }

  async figures(from, until) {
    const [stories, { cards }] = await Promise.all([
      this.call('story.figures', { from, until }), this.call('chat.figures', { from, until }),
    ]);
    return { stories, cards };
  }
}

module.exports = { Moderation };
