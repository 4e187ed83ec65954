/**
 * One side of the line: what is held, what is still to be sent, and the loop that hears what is new.
 *
 * Pure of any screen and of `wx`: it is handed a call, a store and a clock, and tells `onChange` when
 * there is something to show. `teen_talk.js` and `desk_talk.js` add what each page may ask for.
 */
const { Outbox } = require('./outbox.js');
const { PollLoop } = require('./poll_loop.js');
const { Transcript } = require('./transcript.js');

/** Seconds the server may hold a question, and the ms after which we take it as lost. */
const WAIT = 25;
const POLL_TIMEOUT = (WAIT + 10) * 1000;

class Talk {
  /**
   * @param {object} parts
   * @param {function(string, object, object=): Promise<object>} parts.call
   * @param {object} parts.store
   * @param {object} parts.clock
   * @param {'chat'|'desk'} parts.feature whose actions are called
   * @param {function(): void} parts.onChange
   */
  constructor({ call, store, clock, feature, onChange }) {
    Object.assign(this, { call, store, clock, feature, onChange });
    this.conversation = null;
    this.problem = null;
    this.transcripts = new Map();
    this.outbox = new Outbox({
      key: `outbox.${feature}`,
      store,
      clock,
      send: (entry, onTask) => this.deliver(entry, onTask),
      onChange,
    });
    this.loop = new PollLoop({
      poll: (onTask) => this.poll(onTask),
      clock,
      onState: (problem) => this.report(problem),
    });
  }

  start() {
    this.loop.start();
    this.outbox.hurry();
  }

  stop() {
    this.loop.stop();
  }

  /** In the background: nothing new is asked. What is being sent goes on while it is let. */
  rest() {
    this.loop.rest();
  }

  /** On screen again, or the network changed: nothing waits for a pause or a dead line. */
  wake() {
    this.loop.wake();
    this.outbox.renew();
  }

  /** Something is to be told now; what is on its way is left alone. */
  nudge() {
    this.loop.wake();
    this.outbox.hurry();
  }

  /** The network changed; in the background that is no reason to ask, but one to send. */
  reconnect() {
    if (this.loop.resting) this.outbox.renew();
    else this.wake();
  }

  /** The talk that a text written now belongs to, or null. */
  get target() {
    return this.conversation ? this.conversation.id : null;
  }

  send(text) {
    this.loop.hasten();
    return this.outbox.add(this.target, text);
  }

  retry(cid) {
    this.outbox.retry(cid, this.target);
  }

  takeBack(cid) {
    this.outbox.remove(cid);
  }

  get transcript() {
    return this.transcriptOf(this.conversation ? this.conversation.id : '');
  }

  transcriptOf(id) {
    if (!this.transcripts.has(id)) this.transcripts.set(id, new Transcript());
    return this.transcripts.get(id);
  }

  /** What a send asks to hear of besides: all that is newer than this seq. */
  afterOf(conversation) {
    return this.transcriptOf(conversation).after;
  }

  async deliver({ conversation, cid, text }, onTask) {
    const body = { conversation, cid, text, after: this.afterOf(conversation) };
    const data = await this.call(`${this.feature}.send`, body, { onTask }).catch((error) => {
      // A question that the server still seems to hold may be a dead line: ask anew, to know.
      this.loop.kick();
      throw error;
    });
    this.take(data);
    if (data.more || this.problem) this.loop.kick();
  }

  /** Merges an answer. @returns {{fresh: boolean, more: boolean}} */
  take(data) {
    const view = data.conversation;
    if (!view) return { fresh: false, more: false };
    const transcript = this.transcriptOf(view.id);
    transcript.merge(data.messages);
    this.see(view);
    this.outbox.settle((cid) => transcript.has(cid));
    this.onChange();
    return { fresh: data.messages.length > 0, more: Boolean(data.more) };
  }

  /** Answers may overtake each other: an older view of the same talk never replaces a newer one. */
  see(view) {
    const held = this.conversation;
    if (held && held.id === view.id && view.seq < held.seq) return;
    this.conversation = view;
  }

  report(problem) {
    const before = this.problem;
    this.problem = problem;
    if (before && !problem) this.outbox.hurry();
    if (Boolean(before) !== Boolean(problem)) this.onChange();
  }
}

module.exports = { Talk, WAIT, POLL_TIMEOUT };
