/**
 * The teen's whole conversation: who speaks, the wait, the messages, the sender, the safety card and
 * the way out. The talk itself lives in services/teen_talk.js; this block shows it and passes taps on.
 */
const { exerciseTitle } = require('../shared/exercises.js');
const { itemsOf } = require('../shared/view.js');
const { MessageWindow } = require('../shared/window.js');

const OPENERS = ['今天有点难受', '和家里闹矛盾了', '学校里的事', '睡不着', '就想随便聊聊'];

const ENDINGS = {
  teen: { text: '这次聊到这里了。谢谢你愿意说出来。', again: '再聊一次' },
  staff: { text: '这次聊到这里了。想说的时候，随时再来。', again: '再聊一次' },
  silence: { text: '有一阵没等到你，这段话先放在这里。不是你的错，想说的时候再来就好。', again: '接着聊' },
};

const NO_LINE = new Set(['offline', 'timeout', 'interrupted']);

function problemText(problem) {
  if (!problem) return '';
  return NO_LINE.has(problem.code) ? '现在连不上网。你写的话会先存着，连上就发。' : problem.message;
}

/** How the talk is shown; without a talk yet, the AI is the one who will answer. */
function viewOf(talk) {
  const conversation = talk.conversation || {};
  const speaker = conversation.speaker || 'ai';
  const { phase, pending } = talk;
  const ending = ENDINGS[conversation.closed_by] || ENDINGS.staff;
  return {
    phase,
    speaker,
    speakerName: conversation.speaker_name || '',
    endsAt: conversation.ends_at ? talk.localTime(conversation.ends_at) : 0,
    waiting: conversation.waiting || null,
    peopleOnline: Number(conversation.people_online) || 0,
    asking: talk.wantsPerson,
    noticing: talk.noticing,
    canAsk: phase === 'open' && speaker === 'ai' && !conversation.waiting && !talk.wantsPerson,
    safety: Boolean(conversation.safety),
    ending: ending.text,
    againText: ending.again,
    problem: problemText(talk.problem),
    unsent: pending.length,
    survey: talk.surveyDue,
    consents: talk.consents,
    consentWaits: talk.consentWaits,
  };
}

/** The part of the messages that is drawn, with what is not yet sent below the newest. */
function pageOf(talk, part) {
  const { messages } = talk.transcript;
  const conversation = talk.conversation || {};
  part.grow(messages);
  const { from, to } = part.of(messages);
  const names = { [conversation.speaker]: conversation.speaker_name };
  const helpedOf = (seq) => talk.helpedOf(seq);
  const context = { viewer: 'teen', names, now: Date.now(), before: messages[from - 1], helpedOf };
  const items = itemsOf(messages.slice(from, to), part.follows ? talk.pending : [], context);
  const [latest] = part.follows ? items.slice(-1) : itemsOf(messages.slice(-1), [], context);
  return {
    talkId: conversation.id || '',
    items,
    latest: latest || null,
    hasOlder: from > 0 || talk.hasOlder,
    hasNewer: !part.follows,
    older: talk.older,
    isFresh: !talk.hasOlder && !talk.pending.length && !messages.some((message) => message.from === 'teen'),
  };
}

Component({
  data: {
    phase: 'loading', speaker: 'ai', speakerName: '', endsAt: 0, waiting: null, peopleOnline: 0,
    asking: false, noticing: '', canAsk: false, safety: false, ending: '', againText: '', problem: '', unsent: 0,
    survey: '', surveyOpen: false, consents: false, consentWaits: false,
    talkId: '', items: [], latest: null, hasOlder: false, hasNewer: false, older: '', isFresh: true,
    openers: OPENERS, helpOpen: false, aboutOpen: false, leaveOpen: false, hidden: false, draft: null,
    keyboard: 0, exercise: /** @type {any} */ (null),
  },
  lifetimes: {
    attached() {
      this.part = new MessageWindow();
      this.typed = '';
      const { bell, notices, openTeenTalk, rest, wishes } = getApp().services;
      Object.assign(this, { bell, notices, restful: rest, wishes, away: false, seqThen: 0 });
      this.talk = openTeenTalk(() => this.show());
      this.wake = () => this.talk.wake();
      this.rest = () => this.talk.rest();
      this.reconnect = () => this.talk.reconnect();
      wx.onAppShow(this.wake);
      wx.onAppHide(this.rest);
      wx.onNetworkStatusChange(this.reconnect);
      this.show();
      this.talk.start();
      this.takeWish();
    },
    detached() {
      this.talk.stop();
      wx.offAppShow(this.wake);
      wx.offAppHide(this.rest);
      wx.offNetworkStatusChange(this.reconnect);
    },
  },
  pageLifetimes: {
    show() {
      this.away = false;
      this.bell.set(false);
      this.takeWish();
    },
    /** Another page is looked at; the talk goes on, and a dot there tells what is new here. */
    hide() {
      this.away = true;
      this.seqThen = this.talk.transcript.after;
    },
  },
  methods: {
    /** A person was asked for on another page. */
    takeWish() {
      if (!this.wishes.person) return;
      this.wishes.person = false;
      if (this.talk.left || this.talk.phase === 'closed') this.talk.again();
      this.talk.askPerson();
    },

    ringBell() {
      const { messages } = this.talk.transcript;
      const isNew = ({ seq, from }) => seq > this.seqThen && from !== 'teen';
      if (this.away && messages.some(isNew)) this.bell.set(true);
    },

    show() {
      this.ringBell();
      this.restful.hush(Boolean(this.talk.conversation && this.talk.conversation.safety));
      const view = { ...viewOf(this.talk), ...(this.notices.can ? {} : { noticing: '' }) };
      const page = pageOf(this.talk, this.part);
      const isOther = page.talkId !== this.data.talkId;
      if (isOther) this.part.toNewest();
      // The field goes away where a talk has closed; what stood in it comes back with it.
      const isBack = view.phase === 'open' && this.data.phase !== 'open' && this.typed;
      const draft = isBack ? { draft: { text: this.typed, quiet: true } } : {};
      this.setData({ ...view, ...(isOther ? pageOf(this.talk, this.part) : page), ...draft });
    },

    onType(event) {
      this.typed = event.detail.text;
    },

    /** Puts a text into the sender. */
    fill(text) {
      this.typed = text;
      this.setData({ draft: { text } });
    },

    onSend(event) {
      this.typed = '';
      this.part.toNewest();
      this.setData({ draft: null });
      this.talk.send(event.detail.text);
    },

    onOpener(event) {
      this.fill(event.currentTarget.dataset.text);
    },

    onRetry(event) {
      this.talk.retry(event.detail.cid);
    },

    /** What was taken back goes into the sender again, so that nothing written is lost. */
    onTakeBack(event) {
      this.talk.takeBack(event.detail.cid);
      this.fill(event.detail.text);
    },

    async onOlder() {
      if (!this.part.hasAbove(this.talk.transcript.messages)) await this.talk.loadOlder();
      this.part.up(this.talk.transcript.messages);
      this.show();
    },

    onNewer() {
      this.part.down(this.talk.transcript.messages);
      this.show();
    },

    onNewest() {
      this.part.toNewest();
      this.show();
    },

    onReconnect() {
      this.talk.wake();
    },

    onAsk() {
      this.talk.askPerson();
      this.setData({ helpOpen: false });
    },

    async onNotice() {
      this.talk.answerNotice(await this.notices.ask(this.talk.conversation.notice));
    },

    onHelp() {
      this.setData({ helpOpen: true });
    },

    onHelpClose() {
      this.setData({ helpOpen: false });
    },

    onAbout() {
      this.setData({ aboutOpen: true });
    },

    onAboutClose() {
      this.setData({ aboutOpen: false });
    },

    onConsent(event) {
      this.talk.setConsent(event.detail.on);
    },

    onExercise(event) {
      const { seq, exercise } = event.detail;
      this.setData({ exercise: { seq, code: exercise, title: exerciseTitle(exercise) } });
    },

    onExerciseClose() {
      this.setData({ exercise: null });
    },

    onHelped(event) {
      const { helped } = event.detail;
      this.talk.tellHelped(this.data.exercise.seq, helped);
      this.setData({ exercise: null });
      wx.showToast({ title: helped === 'no' ? '没关系，谢谢你告诉我' : '谢谢你告诉我', icon: 'none' });
    },

    onSurveyOpen() {
      this.setData({ surveyOpen: true });
    },

    onSurvey(event) {
      const { hard, heard } = event.detail;
      this.talk.answerSurvey(this.data.survey, { hard, heard });
      wx.showToast({ title: '谢谢你告诉我', icon: 'none' });
    },

    onSurveySkip() {
      this.talk.answerSurvey(this.data.survey, null);
    },

    onLeave() {
      this.setData({ leaveOpen: true });
    },

    onStay() {
      this.setData({ leaveOpen: false });
    },

    onLeaveNow() {
      this.setData({ leaveOpen: false });
      this.talk.leave();
    },

    /** Someone came in: an empty page at once, the talk stays as it is. */
    onHide() {
      this.setData({ leaveOpen: false, hidden: true });
      wx.setNavigationBarTitle({ title: '首页' });
    },

    onUnhide() {
      this.setData({ hidden: false });
      wx.setNavigationBarTitle({ title: '暖心喵' });
    },

    onAgain() {
      this.talk.again();
    },

    onKeyboard(event) {
      this.setData({ keyboard: event.detail.height });
    },
  },
});
