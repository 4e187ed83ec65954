/**
 * What a teen shares with whoever listens: moods of the last weeks and the safety plan, for the talk
 * that is open. They change by the day, so they are read with the talk and then once a minute.
 */
const { newCid } = require('./random.js');

const EVERY = 60000;
const NOTHING = { mood: null, plan: null };

class DeskCare {
  /** @param {{call: any, clock: any, onChange: function(): void}} parts */
  constructor({ call, clock, onChange }) {
    Object.assign(this, { call, clock, onChange });
    this.conversation = '';
    this.shared = NOTHING;
    this.readAt = 0;
    this.suggesting = { cid: '', said: '' };
  }

  /** Told which talk is open, '' for none; reads again where that is another or some time has passed. */
  follow(conversation) {
    const isOther = conversation !== this.conversation;
    if (isOther) Object.assign(this, { conversation, shared: NOTHING, readAt: 0 });
    if (isOther) this.onChange();
    if (!conversation || this.clock.now() - this.readAt < EVERY) return;
    this.readAt = this.clock.now();
    this.read(conversation, 'mood', 'mood.of_talk');
    this.read(conversation, 'plan', 'plan.of_talk');
  }

  /** Not shared, or not to be had now: the panel shows nothing, and the talk goes on. */
  async read(conversation, part, action) {
    const told = await this.call(action, { conversation }).catch(() => null);
    if (conversation !== this.conversation || !told) return;
    this.shared = { ...this.shared, [part]: told.shared ? told : null };
    this.onChange();
  }

  /** The teen decides whether it goes into the plan; said again it is the same suggestion. */
  async suggest(section, text) {
    const { conversation } = this;
    const said = `${conversation} ${section} ${text}`;
    if (this.suggesting.said !== said) this.suggesting = { cid: newCid(), said };
    await this.call('plan.suggest', { conversation, cid: this.suggesting.cid, section, text });
    this.suggesting = { cid: '', said: '' };
  }
}

module.exports = { DeskCare };
