/**
 * The staff's side: sign-in, status, queue, the talks in hand and the one that is open.
 *
 * Every poll renews the lease on the talks in hand, so the loop goes on in the background as long as
 * the platform lets it.
 */
const { Talk, WAIT, POLL_TIMEOUT } = require('./talk.js');

const SEEN = 'desk.seen';
const EMPTY_QUEUE = { listener: 0, counsellor: 0, heads: [] };

class DeskTalk extends Talk {
  /** @param {any} parts those of Talk, and the staff's `session` */
  constructor({ session, ...parts }) {
    super({ ...parts, feature: 'desk' });
    this.session = session;
    this.needsInvitation = false;
    this.me = null;
    this.queue = EMPTY_QUEUE;
    this.talks = [];
    this.version = '';
    this.openId = '';
    this.seen = parts.store.get(SEEN) || {};
  }

  /** loading | join | ready */
  get phase() {
    if (this.needsInvitation) return 'join';
    return this.me ? 'ready' : 'loading';
  }

  get target() {
    return this.openId || null;
  }

  get pending() {
    return this.outbox.entries.filter((entry) => entry.conversation === this.openId);
  }

  unreadOf(head) {
    return head.id === this.openId ? 0 : Math.max(0, head.seq - (this.seen[head.id] || 0));
  }

  async join(invitation, name) {
    await this.session.join(invitation, name);
    this.needsInvitation = false;
    this.wake();
  }

  async setStatus(status) {
    this.me = (await this.call('desk.status', { status })).me;
    this.onChange();
  }

  /** Claims the next waiting talk and opens it. @returns {Promise<boolean>} whether there was one */
  async next() {
    const data = await this.call('desk.next', {});
    if (!data.conversation) return false;
    this.open(data.conversation.id);
    this.take(data);
    return true;
  }

  open(id) {
    this.shut();
    this.openId = id;
    this.onChange();
    this.loop.kick();
  }

  /** No talk is open; an empty version makes the next poll answer at once. */
  shut() {
    this.openId = '';
    this.conversation = null;
    this.version = '';
  }

  async handOver(tier, note) {
    await this.call('desk.hand_over', { conversation: this.openId, tier, note });
    this.open('');
  }

  async close(form) {
    await this.call('desk.close', { conversation: this.openId, form });
    this.open('');
  }

  async poll(onTask) {
    try {
      return this.hear(await this.ask(onTask));
    } catch (error) {
      if (error.code === 'unauthenticated') return this.signOut();
      if (error.code !== 'not_found' || !this.openId) throw error;
      this.shut();
      this.onChange();
      return { fresh: true };
    }
  }

  ask(onTask) {
    const body = { after: this.openId ? this.transcriptOf(this.openId).after : 0, wait: WAIT };
    body.version = this.version;
    if (this.openId) body.conversation = this.openId;
    return this.call('desk.poll', body, { onTask, timeout: POLL_TIMEOUT });
  }

  hear(data) {
    const changed = data.version !== this.version;
    Object.assign(this, { me: data.me, queue: data.queue, talks: data.talks });
    this.version = data.version;
    this.dropLost();
    const answer = this.take(data);
    const isGone = this.openId && !data.conversation;
    if (isGone) this.shut();
    this.onChange();
    return { ...answer, fresh: answer.fresh || changed || isGone };
  }

  /** What was refused because the talk is in other hands cannot be sent from here any more. */
  dropLost() {
    const mine = new Set(this.talks.map((head) => head.id));
    this.outbox.drop((entry) => entry.state === 'failed' && !mine.has(entry.conversation));
    this.seen = Object.fromEntries(Object.entries(this.seen).filter(([id]) => mine.has(id)));
  }

  /** Answers for a talk that is no longer open are kept as messages but do not take the screen. */
  see(view) {
    if (view.id !== this.openId) return;
    super.see(view);
    this.seen = { ...this.seen, [view.id]: view.seq };
    this.store.set(SEEN, this.seen);
  }

  signOut() {
    this.session.forget();
    this.needsInvitation = true;
    this.me = null;
    this.onChange();
    return { done: true };
  }
}

module.exports = { DeskTalk };
