/**
 * The desk of a listener, counsellor or supervisor: sign-in, status, queue, talks in hand and the
 * open one. The rules live in services/desk_talk.js; this block shows them and passes taps on.
 *
 * It never stops polling while it is on screen or behind: every poll renews the lease on the talks.
 */
const { ROLES, wordOf } = require('../shared/labels.js');
const { itemsOf } = require('../shared/view.js');

const TITLE = '暖心喵 · 倾诉台';
const LOST = '刚才那位同学已经不在你手上了（转接、结束，或太久没有回应）。';
const MINUTE = 60000;

function nextHint(me) {
  if (!me) return '';
  if (me.status !== 'available') return '先把状态改成“在线”，再接人。';
  return me.talks >= me.limit ? `手上已有 ${me.talks} 位，先照顾好他们。` : '';
}

function viewOf(desk) {
  const { me, conversation } = desk;
  const talks = desk.talks.map((head) => ({ ...head, unread: desk.unreadOf(head) }));
  const head = talks.find((one) => one.id === desk.openId);
  const context = {
    viewer: 'staff', role: me ? me.role : 'listener', names: me ? { [me.role]: me.name } : {}, now: Date.now(),
  };
  return {
    phase: desk.phase,
    me,
    role: me ? wordOf(ROLES, me.role) : '',
    queue: desk.queue,
    waitingCount: desk.queue.listener + desk.queue.counsellor,
    talks,
    unread: talks.reduce((sum, one) => sum + one.unread, 0),
    openId: desk.openId,
    talk: conversation,
    left: Boolean(head && head.teen_left),
    items: conversation ? itemsOf(desk.transcript.messages, desk.pending, context) : [],
    canNext: Boolean(me) && !nextHint(me),
    hint: nextHint(me),
    problem: desk.problem ? `${desk.problem.message}写好的话会先存着。` : '',
    now: Date.now(),
  };
}

Component({
  data: {
    phase: 'loading', me: null, role: '', queue: null, waitingCount: 0, talks: [], unread: 0, openId: '',
    talk: null, draft: null, left: false, items: [], canNext: false, hint: '', problem: '', now: 0, tab: 'queue',
    sheet: '', busy: '', error: '', notice: '',
  },
  lifetimes: {
    attached() {
      this.drafts = {};
      this.desk = getApp().services.openDeskTalk(() => this.show());
      this.wake = () => this.desk.wake();
      wx.onAppShow(this.wake);
      wx.onNetworkStatusChange(this.wake);
      this.ticker = setInterval(() => this.setData({ now: Date.now() }), MINUTE);
      this.show();
      this.desk.start();
    },
    detached() {
      clearInterval(this.ticker);
      this.desk.stop();
      wx.offAppShow(this.wake);
      wx.offNetworkStatusChange(this.wake);
    },
  },
  methods: {
    show() {
      const view = viewOf(this.desk);
      const wasOpen = this.data.openId;
      if (view.unread !== this.data.unread) {
        wx.setNavigationBarTitle({ title: view.unread ? `(${view.unread}) ${TITLE}` : TITLE });
      }
      this.setData(view);
      if (wasOpen !== view.openId) this.setDraft(this.drafts[view.openId] || '', true);
      if (wasOpen && !view.openId) this.putAway();
    },

    /** The open talk is over, by the person's own closing or because it was taken over. */
    putAway() {
      const isOwn = this.data.busy === 'hand-over' || this.data.busy === 'closing';
      this.setData({ sheet: '', tab: 'mine', notice: isOwn ? '' : LOST });
    },

    /** Runs one request of the person; a refusal is told in place, by its name. */
    async ask(name, request) {
      if (this.data.busy) return false;
      this.setData({ busy: name, error: '', notice: '' });
      try {
        return await request();
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

    onStatus(event) {
      this.ask('status', () => this.desk.setStatus(event.currentTarget.dataset.status));
    },

    async onNext() {
      const found = await this.ask('next', async () => ((await this.desk.next()) ? 'one' : 'none'));
      if (found === 'one') this.setData({ tab: 'talk' });
      if (found === 'none') this.setData({ notice: '现在没有人在等，或刚被别人接走了。' });
    },

    onNoticeRead() {
      this.setData({ notice: '' });
    },

    onTab(event) {
      this.setData({ tab: event.currentTarget.dataset.tab });
    },

    onOpen(event) {
      if (event.detail.id !== this.data.openId) this.desk.open(event.detail.id);
      this.setData({ tab: 'talk' });
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
      this.desk.send(event.detail.text);
    },

    onRetry(event) {
      this.desk.retry(event.detail.cid);
    },

    onTakeBack(event) {
      this.desk.takeBack(event.detail.cid);
      this.setDraft(event.detail.text, false);
    },

    onReconnect() {
      this.desk.wake();
    },

    onHandOverOpen() {
      this.setData({ sheet: 'hand-over', error: '' });
    },

    onCloseOpen() {
      this.setData({ sheet: 'closing', error: '' });
    },

    onSheetClose() {
      this.setData({ sheet: '', error: '' });
    },

    onHandOver(event) {
      const { tier, note } = event.detail;
      this.ask('hand-over', () => this.desk.handOver(tier, note));
    },

    onClosing(event) {
      this.ask('closing', () => this.desk.close(event.detail.form));
    },
  },
});
