/**
 * The teen's side. What was wished for (a person, to leave) is kept until the server has heard it, so
 * that a tap in a lift without network is not lost; so are answers of the survey and the consent.
 */
const { Errands } = require('./errands.js');
const { Survey } = require('./survey.js');
const { newCid } = require('./random.js');
const { Talk, WAIT, POLL_TIMEOUT } = require('./talk.js');

const LEAVING = 'leaving';
const CONSENT = 'consent.training';
const HELPED = 'cards.helped';
const NOTICE = 'chat.notice';
/** Exercises of which this device remembers what was said. */
const KEPT = 40;
const ALREADY_OVER = new Set(['not_found', 'closed']);
/** Above every seq: nothing older is wanted with the answer. */
const NOTHING_OLDER = 2 ** 30;

class TeenTalk extends Talk {
  /** @param {any} parts those of Talk, and the teen's `errands` where other pages share them */
  constructor(parts) {
    super({ ...parts, feature: 'chat' });
    this.wantsPerson = false;
    this.left = false;
    this.entered = '';
    this.older = '';
    this.skew = 0;
    this.survey = new Survey(parts.store);
    this.errands = parts.errands || new Errands(parts);
    /** By talk, whether the teen wants to be told in WeChat that somebody came. */
    this.noticed = new Map();
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
    this.nudge();
  }

  /** A new talk after the last one was closed. */
  again() {
    this.left = false;
    this.conversation = null;
    this.onChange();
    this.nudge();
  }

  /** '' | before | after */
  get surveyDue() {
    return this.survey.due(this.conversation);
  }

  /** @param {{hard: number, heard: number}|null} answers 1–5 each; null to skip */
  answerSurvey(when, answers) {
    const { id } = this.conversation;
    this.survey.settle({ id }, when);
    if (answers) {
      this.errands.add(`survey ${id} ${when}`, 'chat.survey', { conversation: id, when, ...answers });
    }
    this.onChange();
    if (answers) this.nudge();
  }

  /** Whether the teen's words may be used for training; nothing said means no. */
  get consents() {
    return Boolean(this.store.get(CONSENT));
  }

  /** True until the server has heard what was last said about it. */
  get consentWaits() {
    return this.errands.has(CONSENT);
  }

  setConsent(training) {
    this.store.set(CONSENT, training);
    this.errands.add(CONSENT, 'account.consent', { training });
    this.onChange();
    this.nudge();
  }

  /** '' | offer | yes | no: how it stands with a message that somebody came. */
  get noticing() {
    if (!this.conversation || !this.conversation.waiting) return '';
    const said = this.noticed.get(this.conversation.id);
    // One yes is one message: used up, they are asked again.
    if (this.conversation.notice && said !== 'no' && !this.errands.has(NOTICE)) return 'offer';
    return said || '';
  }

  answerNotice(isYes) {
    const { id } = this.conversation;
    this.noticed.set(id, isYes ? 'yes' : 'no');
    if (isYes) this.errands.add(NOTICE, 'chat.allow_notice', { conversation: id, cid: newCid() });
    this.onChange();
    if (isYes) this.nudge();
  }

  /** Whether an exercise that came with a message helped; said again, the later word counts. */
  tellHelped(seq, helped) {
    const { id } = this.conversation;
    const others = this.told.filter((one) => one.talk !== id || one.seq !== seq);
    this.store.set(HELPED, [...others, { talk: id, seq, helped }].slice(-KEPT));
    this.errands.add(`card ${id} ${seq}`, 'chat.card_done', { conversation: id, seq, helped });
    this.onChange();
    this.nudge();
  }

  /** @returns {string} yes | a_bit | no, '' where nothing was said */
  helpedOf(seq) {
    const { id } = this.conversation || { id: '' };
    const found = this.told.find((one) => one.talk === id && one.seq === seq);
    return found ? found.helped : '';
  }

  get told() {
    return this.store.get(HELPED) || [];
  }

  get hasOlder() {
    return this.transcript.first > 1;
  }

  /** Reads the page above what is held; `older` tells how it stands: '' | loading | failed. */
  async loadOlder() {
    if (this.older === 'loading' || !this.hasOlder) return;
    const { transcript } = this;
    const body = { conversation: this.conversation.id, before: transcript.first };
    this.setOlder('loading');
    try {
      transcript.merge((await this.call('chat.history', body)).messages);
      this.setOlder('');
    } catch (error) {
      this.setOlder('failed');
    }
  }

  setOlder(state) {
    this.older = state;
    this.onChange();
  }

  async poll(onTask) {
    await this.tellLeaving(onTask);
    await this.runErrands(onTask);
    if (this.left) return { done: true };
    if (!this.conversation) return this.enter(onTask);
    if (this.conversation.state === 'closed') return this.lookAgain(onTask);
    if (this.entered !== this.conversation.id) return this.enter(onTask);
    if (this.wantsPerson) return this.tellWish(onTask);
    return this.listen(onTask, WAIT);
  }

  /** While a talk is open, hearing what is new never waits for an errand. */
  async runErrands(onTask) {
    try {
      await this.errands.run(onTask, (data) => this.onHeard(data));
    } catch (error) {
      if (this.phase === 'closed' || this.left) throw error;
    }
  }

  /** An answer about an earlier talk must not take the screen of the present one. */
  onHeard(data) {
    const view = data && data.conversation;
    if (view && this.conversation && view.id === this.conversation.id) this.take(data);
    else this.onChange();
  }

  /** Before the talk was entered nothing is held, and a long one must not be read from its start. */
  afterOf(conversation) {
    return super.afterOf(conversation) || NOTHING_OLDER;
  }

  /** Times of the server on the clock of this device, which may be wrong by hours. */
  localTime(at) {
    return at - this.skew;
  }

  take(data) {
    if (data.message && !data.replayed) this.skew = data.message.at - this.clock.now();
    const isBare = data.message && !data.messages.length;
    return super.take(isBare ? { ...data, messages: [data.message] } : data);
  }

  /**
   * A talk may end while a text is on its way: the text is still heard, in a new talk. Who has left
   * is not brought back onto the screen for it; it goes along when they come again.
   */
  async deliver(entry, onTask) {
    try {
      await super.deliver(entry, onTask);
    } catch (error) {
      if (error.code === 'closed') {
        this.outbox.release(entry.conversation);
        if (!this.left) this.again();
      }
      throw error;
    }
  }

  async tellLeaving(onTask) {
    const conversation = this.store.get(LEAVING);
    if (!conversation) return;
    try {
      const data = await this.call('chat.leave', { conversation }, { onTask });
      if (this.left) this.onHeard(data);
    } catch (error) {
      if (!ALREADY_OVER.has(error.code)) throw error;
    }
    this.store.remove(LEAVING);
  }

  async enter(onTask) {
    const answer = this.take(await this.call('chat.enter', {}, { onTask }));
    this.entered = this.conversation.id;
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

  async listen(onTask, wait) {
    const body = { conversation: this.conversation.id, after: this.transcript.after, wait };
    try {
      return this.take(await this.call('chat.poll', body, { onTask, timeout: POLL_TIMEOUT }));
    } catch (error) {
      if (error.code !== 'not_found') throw error;
      this.conversation = null;
      return { fresh: true, more: false };
    }
  }

  /** A closed talk may have been opened again by who looks after the teen. */
  async lookAgain(onTask) {
    const answer = await this.listen(onTask, 0);
    const isClosed = this.phase === 'closed';
    return { ...answer, done: isClosed && !answer.more };
  }
}

module.exports = { TeenTalk };
