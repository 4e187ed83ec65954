/**
 * The desk of a listener, counsellor or supervisor. What it shows is read off services/desk_talk.js
 * by shared/desk_view.js; this block passes taps on and tells refusals where they belong.
 *
 * It never stops polling while it is on screen or behind: every poll renews the lease on the talks.
 */
const { deskView, goneText, hasNewcomer } = require('../shared/desk_view.js');
const { MessageWindow } = require('../shared/window.js');

const TITLE = '暖心喵 · 倾诉台';
const TICK = 15000;
const TALK_SHEETS = ['hand-over', 'closing', 'risk', 'card'];
/** What is not about talks, and stands instead of them. */
const AREAS = ['story', 'figures'];
const MODERATORS = ['counsellor', 'supervisor'];
/** After these the open talk goes by the member's own doing, so nothing is said about it. */
const OWN_DOING = ['hand-over', 'closing', 'end-shift', 'leave', 'open', 'alert'];
const NOBODY = '现在没有人在等，或刚被别人接走了。';
const CAME = '自动接到一位同学，在“我的倾诉”里。';
const SENT_AGAIN = '正在再送一次。没送到的话，几秒后它会回到列表里。';
const REST_WELL = '交接好了，辛苦了。好好休息。';

/** What a panel asks for when it is sent, by its name. */
const WISHES = {
  'hand-over': (desk, wish) => desk.handOver(wish),
  closing: (desk, { form }) => desk.close(form),
  card: (desk, { exercise }) => desk.sendCard(exercise),
  risk: (desk, { level, reason }, subject) => desk.setRisk(level, reason, subject.seq),
  duty: (desk, wish) => desk.setDuty(wish),
  'end-shift': (desk, { note }) => desk.endShift(note),
  notice: (desk) => desk.allowNotice(),
  rename: (desk, { name }) => desk.rename(name),
  decline: (desk, { text }, { id }) => desk.decline(id, text),
  alert: (desk, { text }, { conversation, alert }) => desk.closeAlert(conversation, alert, text),
  outcome: (desk, { text }, { id }) => desk.followUpDone(id, text),
  'write-up': (desk, { form }, { id }) => desk.writeUp(id, form),
  letter: (desk, { text }, { key }) => desk.closeLetter(key, text),
};

Component({
  data: {
    phase: 'loading', needs: '', factor: { secret: '', uri: '' }, me: null, role: '', queue: null, waitingCount: 0, talks: [], held: [], unread: 0,
    alerts: [], offers: [], letters: [], writeUps: [], followUps: [], moreFollowUps: false, followDue: 0, openId: '', talk: null, draft: null, left: false, items: [],
    latest: null, hasOlder: false, hasNewer: false, older: '', canNext: false, hint: '', lost: '',
    problem: '', now: 0, tab: 'queue', area: 'talks',
    moderates: false, storyCount: 0, shared: null, suggested: 0, suggestError: '', sheet: '', subject: {}, colleagues: [], busy: '', error: '', notice: '',
  },
  lifetimes: {
    attached() {
      this.drafts = {};
      this.window = new MessageWindow();
      this.desk = getApp().services.openDeskTalk(() => this.show());
      this.care = getApp().services.openDeskCare(() => this.setData({ shared: this.care.shared }));
      this.wake = () => this.desk.wake();
      this.hide = () => this.desk.toBackground();
      wx.onAppShow(this.wake);
      wx.onAppHide(this.hide);
      wx.onNetworkStatusChange(this.wake);
      this.ticker = setInterval(() => this.tick(), TICK);
      this.show();
      this.desk.start();
    },
    detached() {
      clearInterval(this.ticker);
      this.desk.stop();
      wx.offAppShow(this.wake);
      wx.offAppHide(this.hide);
      wx.offNetworkStatusChange(this.wake);
    },
  },
  methods: {
    tick() {
      this.setData({ now: this.desk.time });
      this.care.follow(this.desk.openId);
    },

    show() {
      const { openId: wasOpen, talk: before, talks, unread, phase } = this.data;
      if (wasOpen !== this.desk.openId) this.window.toNewest();
      const view = deskView(this.desk, this.window, this.desk.time);
      if (view.unread !== unread) {
        wx.setNavigationBarTitle({ title: view.unread ? `(${view.unread}) ${TITLE}` : TITLE });
      }
      this.setData({ ...view, moderates: Boolean(view.me) && MODERATORS.includes(view.me.role) });
      this.care.follow(view.openId);
      if (phase === 'ready' && hasNewcomer(talks, view)) this.setData({ notice: CAME });
      if (wasOpen !== view.openId) this.setDraft(this.drafts[view.openId] || '', true);
      if (wasOpen && !view.openId) this.putAway(before);
    },

    /** The open talk is over, by the member's own doing or because it was taken over. */
    putAway(before) {
      const { busy, sheet, me } = this.data;
      const isOwn = OWN_DOING.includes(busy) || !before;
      const isElsewhere = AREAS.includes(this.data.tab);
      if (TALK_SHEETS.includes(sheet)) this.setData({ sheet: '' });
      if (!isElsewhere) this.toTab('mine');
      this.setData({ notice: isOwn ? '' : goneText(before, me, this.desk.writeUps) });
    },

    /** Runs one request of the member; a refusal is told in place, by its name. */
    async ask(name, request) {
      if (this.data.busy) return false;
      this.setData({ busy: name, error: '', notice: '' });
      try {
        const answer = await request();
        return answer === undefined ? true : answer;
      } catch (error) {
        this.setData({ error: error.message, notice: this.data.sheet ? '' : error.message });
        return false;
      } finally {
        this.setData({ busy: '' });
      }
    },

    onJoin(event) {
      const { invitation, name } = event.detail;
      this.ask('join', () => this.desk.join(invitation, name));
    },

    async onFactorBegin() {
      await this.ask('factor', async () => this.setData({ factor: await this.desk.session.enrolFactor() }));
    },

    async onFactorShow(event) {
      const isDone = await this.ask('factor', () => this.desk.showFactor(event.detail.code));
      if (isDone) this.setData({ factor: { secret: '', uri: '' } });
    },

    onStatus(event) {
      this.ask('status', () => this.desk.setStatus(event.currentTarget.dataset.status));
    },

    onLostRead() {
      this.ask('lost', () => this.desk.readLost());
    },

    async onNext() {
      const found = await this.ask('next', async () => ((await this.desk.next()) ? 'one' : 'none'));
      if (found === 'one') this.toTab('talk');
      if (found === 'none') this.setData({ notice: NOBODY });
    },

    async onAccept(event) {
      const isDone = await this.ask('open', () => this.desk.accept(event.detail.id));
      if (isDone) this.toTab('talk');
    },

    async onReopen(event) {
      const isDone = await this.ask('open', () => this.desk.reopen(event.detail.id));
      if (isDone) this.toTab('talk');
    },

    onAcknowledge(event) {
      const { conversation, alert } = event.detail;
      this.ask('acknowledge', () => this.desk.acknowledge(conversation, alert));
    },

    async onLetterRetry(event) {
      const isDone = await this.ask('letter', () => this.desk.retryLetter(event.detail.key));
      if (isDone) this.setData({ notice: SENT_AGAIN });
    },

    onNoticeRead() {
      this.setData({ notice: '' });
    },

    onTab(event) {
      const { tab } = event.currentTarget.dataset;
      this.toTab(tab);
      if (tab === 'follow') this.desk.loadFollowUps().catch((error) => this.setData({ notice: error.message }));
    },

    toTab(tab) {
      this.setData({ tab, area: AREAS.includes(tab) ? tab : 'talks' });
    },

    onStoryCounts(event) {
      this.setData({ storyCount: event.detail.waiting });
    },

    async onSuggest(event) {
      const { section, text } = event.detail;
      this.setData({ suggestError: '' });
      const isDone = await this.ask('suggest', () => this.care.suggest(section, text));
      if (isDone) this.setData({ suggested: this.data.suggested + 1 });
      else this.setData({ suggestError: this.data.error, notice: '' });
    },

    onMoreFollowUps() {
      this.ask('follow', () => this.desk.moreFollowUps());
    },

    onOpen(event) {
      if (event.detail.id !== this.data.openId) this.desk.open(event.detail.id);
      this.toTab('talk');
    },

    /** Each talk has its own half-written text, so that none goes to the wrong person. */
    setDraft(text, quiet) {
      this.drafts[this.data.openId] = text;
      this.setData({ draft: { text, quiet } });
    },

    onType(event) {
      this.drafts[this.data.openId] = event.detail.text;
    },

    onFill(event) {
      this.setDraft(event.detail.text, false);
    },

    onSend(event) {
      delete this.drafts[this.data.openId];
      this.window.toNewest();
      this.desk.send(event.detail.text);
    },

    onRetry(event) {
      this.desk.retry(event.detail.cid);
    },

    onTakeBack(event) {
      this.desk.takeBack(event.detail.cid);
      this.setDraft(event.detail.text, false);
    },

    async onOlder() {
      if (!this.window.hasAbove(this.desk.transcript.messages)) await this.desk.loadOlder();
      this.window.up(this.desk.transcript.messages);
      this.show();
    },

    onNewer() {
      this.window.down(this.desk.transcript.messages);
      this.show();
    },

    onNewest() {
      this.window.toNewest();
      this.show();
    },

    onReconnect() {
      this.desk.wake();
    },

    onLeaveTalk() {
      this.ask('leave', () => this.desk.leaveTalk());
    },

    openSheet(sheet, subject = {}) {
      this.setData({ sheet, subject, error: '' });
    },

    /** The form stands at once and can be sent; the colleagues come in when they are known. */
    async onHandOverOpen() {
      this.setData({ colleagues: [] });
      this.openSheet('hand-over');
      try {
        this.setData({ colleagues: await this.desk.colleagues() });
      } catch (error) {
        if (this.data.sheet === 'hand-over') this.setData({ error: error.message });
      }
    },

    onCloseOpen() {
      this.openSheet('closing');
    },

    onCardOpen() {
      this.openSheet('card');
    },

    onRiskOpen() {
      this.openSheet('risk');
    },

    onMisread(event) {
      this.openSheet('risk', event.detail);
    },

    onDutyOpen() {
      this.openSheet('duty');
    },

    onDeclineOpen(event) {
      this.openSheet('decline', event.detail);
    },

    onAlertClose(event) {
      this.openSheet('alert', event.detail);
    },

    onWriteUpOpen(event) {
      this.openSheet('write-up', event.detail);
    },

    onLetterClose(event) {
      this.openSheet('letter', event.detail);
    },

    onOutcomeOpen(event) {
      this.openSheet('outcome', event.detail);
    },

    onSheetClose() {
      this.setData({ sheet: '', error: '' });
    },

    async onSubmit(event) {
      const { name, detail } = event.detail;
      const { subject } = this.data;
      const isDone = await this.ask(name, () => WISHES[name](this.desk, detail, subject));
      if (!isDone) return;
      this.setData({ sheet: '', notice: name === 'end-shift' ? REST_WELL : this.data.notice });
    },
  },
});
