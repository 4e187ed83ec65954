/**
 * The teen's side. What was wished for (a person, to leave) is kept until the server has heard it, so
 * that a tap in a lift without network is not lost.
 */
const { Talk, WAIT, POLL_TIMEOUT } = require('./talk.js');

const LEAVING = 'leaving';
const ALREADY_OVER = new Set(['not_found', 'closed']);

class TeenTalk extends Talk {
  /** @param {any} parts those of Talk */
  constructor(parts) {
    super({ ...parts, feature: 'chat' });
    this.wantsPerson = false;
    this.left = false;
  }

  /** loading | open | closed | left */
  get phase() {
    if (this.left) return 'left';
    if (!this.conversation) return 'loading';
    return this.conversation.state;
  }

  /** A teen has one talk at a time, so whatever is unsent belongs on this screen. */
  get pending() {
    return this.outbox.entries;
  }

  askPerson() {
    this.wantsPerson = true;
    this.onChange();
    this.loop.kick();
  }

  /** Leaves at once on this side; the server is told as soon as it can be reached. */
  leave() {
    if (this.conversation) this.store.set(LEAVING, this.conversation.id);
    this.left = true;
    this.wantsPerson = false;
    this.onChange();
    this.wake();
  }

  /** A new talk after the last one was closed. */
  again() {
    this.left = false;
    this.conversation = null;
    this.onChange();
    this.wake();
  }

  async poll(onTask) {
    await this.tellLeaving(onTask);
    if (this.left) return { done: true };
    if (!this.conversation) return this.enter(onTask);
    if (this.conversation.state === 'closed') return { done: true };
    if (this.wantsPerson) return this.tellWish(onTask);
    return this.listen(onTask);
  }

  /** A talk may end while a text is on its way: the text is still heard, in a new talk. */
  async deliver(entry) {
    try {
      await super.deliver(entry);
    } catch (error) {
      if (error.code === 'closed') {
        this.outbox.release(entry.conversation);
        this.again();
      }
      throw error;
    }
  }

  async tellLeaving(onTask) {
    const conversation = this.store.get(LEAVING);
    if (!conversation) return;
    try {
      await this.call('chat.leave', { conversation }, { onTask });
    } catch (error) {
      if (!ALREADY_OVER.has(error.code)) throw error;
    }
    this.store.remove(LEAVING);
  }

  async enter(onTask) {
    const answer = this.take(await this.call('chat.enter', {}, { onTask }));
    this.outbox.bind(this.conversation.id);
    return { ...answer, fresh: true };
  }

  async tellWish(onTask) {
    const body = { conversation: this.conversation.id, after: this.transcript.after };
    try {
      this.take(await this.call('chat.ask_person', body, { onTask }));
      this.wantsPerson = false;
    } catch (error) {
      if (error.code !== 'closed') throw error;
      // The talk ended a moment before: the wish goes along into a new one.
      this.conversation = null;
    }
    return { fresh: true };
  }

  async listen(onTask) {
    const body = { conversation: this.conversation.id, after: this.transcript.after, wait: WAIT };
    try {
      return this.take(await this.call('chat.poll', body, { onTask, timeout: POLL_TIMEOUT }));
    } catch (error) {
      if (error.code !== 'not_found') throw error;
      this.conversation = null;
      return { fresh: true };
    }
  }
}

module.exports = { TeenTalk };
