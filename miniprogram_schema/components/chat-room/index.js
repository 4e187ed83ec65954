/**
 * The teen's whole conversation: who speaks, the wait, the messages, the sender, the safety card and
 * the way out. The talk itself lives in services/teen_talk.js; this block shows it and passes taps on.
 */
const { itemsOf } = require('../shared/view.js');

const OPENERS = ['今天有点难受', '和家里闹矛盾了', '学校里的事', '睡不着', '就想随便聊聊'];

const ENDINGS = {
  teen: '这次聊到这里了。谢谢你愿意说出来。',
  staff: '这次聊到这里了。想说的时候，随时再来。',
};

function problemText(problem) {
  if (!problem) return '';
  const isOffline = problem.code === 'offline' || problem.code === 'timeout';
  return isOffline ? '现在连不上网。你写的话会先存着，连上就发。' : problem.message;
}

/** How the talk is shown; without a talk yet, the AI is the one who will answer. */
function viewOf(talk) {
  const conversation = talk.conversation || {};
  const speaker = conversation.speaker || 'ai';
  const names = { [speaker]: conversation.speaker_name };
  const context = { viewer: 'teen', names, now: Date.now() };
  return {
    phase: talk.phase,
    speaker,
    speakerName: conversation.speaker_name || '',
    waiting: conversation.waiting || null,
    peopleOnline: Number(conversation.people_online) || 0,
    asking: talk.wantsPerson,
    canAsk: talk.phase === 'open' && speaker === 'ai' && !conversation.waiting && !talk.wantsPerson,
    safety: Boolean(conversation.safety),
    ending: ENDINGS[conversation.closed_by] || ENDINGS.staff,
    problem: problemText(talk.problem),
    items: itemsOf(talk.transcript.messages, talk.pending, context),
    unsent: talk.pending.length,
    isFresh: !talk.transcript.messages.some((message) => message.from === 'teen') && !talk.pending.length,
  };
}

Component({
  data: {
    phase: 'loading', speaker: 'ai', speakerName: '', waiting: null, peopleOnline: 0, asking: false,
    canAsk: false, safety: false, ending: '', problem: '', items: [], unsent: 0, isFresh: true, openers: OPENERS,
    helpOpen: false, leaveOpen: false, hidden: false, draft: null, keyboard: 0,
  },
  lifetimes: {
    attached() {
      this.talk = getApp().services.openTeenTalk(() => this.show());
      this.wake = () => this.talk.wake();
      this.rest = () => this.talk.stop();
      wx.onAppShow(this.wake);
      wx.onAppHide(this.rest);
      wx.onNetworkStatusChange(this.wake);
      this.show();
      this.talk.start();
    },
    detached() {
      this.talk.stop();
      wx.offAppShow(this.wake);
      wx.offAppHide(this.rest);
      wx.offNetworkStatusChange(this.wake);
    },
  },
  methods: {
    show() {
      this.setData(viewOf(this.talk));
    },

    onSend(event) {
      this.talk.send(event.detail.text);
    },

    onOpener(event) {
      this.setData({ draft: { text: event.currentTarget.dataset.text } });
    },

    onRetry(event) {
      this.talk.retry(event.detail.cid);
    },

    /** What was taken back goes into the sender again, so that nothing written is lost. */
    onTakeBack(event) {
      this.talk.takeBack(event.detail.cid);
      this.setData({ draft: { text: event.detail.text } });
    },

    onReconnect() {
      this.talk.wake();
    },

    onAsk() {
      this.talk.askPerson();
      this.setData({ helpOpen: false });
    },

    onHelp() {
      this.setData({ helpOpen: true });
    },

    onHelpClose() {
      this.setData({ helpOpen: false });
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
