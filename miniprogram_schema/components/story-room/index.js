/**
 * The page of stories: those of others, one's own, one being read, one being written. What it shows
 * is read off services/stories.js; this block passes taps on and tells refusals where they belong.
 */
const { ANIMALS } = require('../shared/animals.js');
const { draftView, givenView, mineView, readView } = require('../shared/story_view.js');

const PAGE = '/pages/stories/index';
const CHAT = '/pages/chat/index';
const LONG_AWAY = 10 * 60000;
const NEWEST_FIRST = { topic: '', stories: [], more: false, state: 'loading', problem: '' };

Component({
  properties: {
    /** '' | read | write */
    view: { type: String, value: '' },
    story: { type: String, value: '' },
    tab: { type: String, value: 'feed' },
  },
  data: {
    at: 'feed', feed: NEWEST_FIRST, mine: [], moreMine: false, mineState: 'loading', mineProblem: '', given: { answers: [], more: false },
    reading: null, draft: null, sent: null, answer: '', answered: null, sheet: '', subject: {}, busy: '',
    error: '', problem: '',
  },
  observers: {
    tab(tab) {
      if (tab) this.setData({ at: tab });
    },
  },
  lifetimes: {
    attached() {
      this.stories = getApp().services.openStories(() => this.show());
      this.wake = () => this.comeBack();
      this.rest = () => this.goBehind();
      wx.onAppShow(this.wake);
      wx.onAppHide(this.rest);
      wx.onNetworkStatusChange(this.wake);
      this.begin();
      this.stories.start();
    },
    detached() {
      this.leaveDraft();
      this.stories.stop();
      wx.offAppShow(this.wake);
      wx.offAppHide(this.rest);
      wx.offNetworkStatusChange(this.wake);
    },
  },
  pageLifetimes: {
    show() {
      if (!this.stories || !this.leftAt) return;
      this.stories.wake();
      if (!this.data.view) this.read();
    },
    hide() {
      this.goBehind();
    },
  },
  methods: {
    goBehind() {
      this.leftAt = Date.now();
      if (this.stories) this.stories.rest();
    },

    /** Who was away for long reads anew: of what went long ago the server tells nothing any more. */
    comeBack() {
      const isLong = this.leftAt && Date.now() - this.leftAt > LONG_AWAY;
      this.stories.wake();
      if (isLong && !this.data.view) this.read();
      if (isLong && this.data.view === 'read') this.openStory();
    },

    begin() {
      const { view, story } = this.data;
      if (view === 'read') this.openStory();
      else if (view === 'write' && !this.stories.drafts.get(story)) this.toMine();
      else if (!view) this.read();
      this.show();
    },

    /** Reads what the open tab shows. */
    read() {
      if (this.data.at === 'mine') this.stories.readMine();
      else this.stories.readFeed(this.stories.feed.topic);
    },

    show() {
      const { view, story } = this.data;
      const { feed, mine, given, opened, drafts } = this.stories;
      if (view === 'read') this.setData({ reading: readView(opened) });
      else if (view === 'write') this.setData({ draft: draftView(drafts.get(story), drafts.busy), sent: this.stories.sent });
      else {
        this.setData({
          feed, mine: mineView(mine.stories, drafts.all, drafts.busy), moreMine: mine.more,
          mineState: mine.state, mineProblem: mine.problem, given: givenView(given),
        });
      }
    },

    /** Runs one request; a refusal is told where it was asked. */
    async ask(name, request) {
      if (this.data.busy) return false;
      this.setData({ busy: name, error: '' });
      try {
        await request();
        return true;
      } catch (error) {
        this.setData({ error: error.message });
        return false;
      } finally {
        this.setData({ busy: '' });
      }
    },

    async openStory() {
      const { story } = this.data;
      this.setData({ problem: '', answer: this.stories.answerTo(story).text });
      try {
        await this.stories.open(story);
      } catch (error) {
        this.setData({ problem: error.message });
      }
    },

    onTab(event) {
      this.setData({ at: event.currentTarget.dataset.tab, error: '' });
      this.read();
    },

    onTopic(event) {
      this.stories.readFeed(event.detail.topic);
    },

    onAgain() {
      this.read();
    },

    onMore() {
      this.stories.readMore();
    },

    onMoreMine() {
      this.stories.readMoreMine();
    },

    onRead(event) {
      wx.navigateTo({ url: `${PAGE}?view=read&story=${event.detail.story}` });
    },

    onReadAgain() {
      this.openStory();
    },

    onBack() {
      if (getCurrentPages().length > 1) wx.navigateBack();
      else wx.reLaunch({ url: PAGE });
    },

    /** Back to the list, whose page stands below where one came from there. */
    toMine() {
      const pages = getCurrentPages();
      const at = pages.findIndex(({ route }) => route === PAGE.slice(1));
      if (at < 0 || at === pages.length - 1) {
        wx.redirectTo({ url: `${PAGE}?tab=mine` });
        return;
      }
      // Its own block is told, since that may have been shown another tab by hand meanwhile.
      pages[at].setData({ params: { view: '', story: '', tab: '' } });
      pages[at].setData({ params: { view: '', story: '', tab: 'mine' } });
      wx.navigateBack({ delta: pages.length - 1 - at });
    },

    toWriting(draft) {
      wx.navigateTo({ url: `${PAGE}?view=write&story=${draft.story}` });
    },

    onNew() {
      const animal = ANIMALS[Math.floor(Math.random() * ANIMALS.length)];
      this.toWriting(this.stories.drafts.begin(null, animal));
    },

    onEdit(event) {
      const { story } = event.detail;
      const mine = this.stories.mine.stories.find((one) => one.story === story);
      this.toWriting(this.stories.drafts.get(story) || this.stories.drafts.begin(mine));
    },

    /** What nothing was written into is no draft. */
    leaveDraft() {
      const { view, story } = this.data;
      const draft = view === 'write' && this.stories.drafts.get(story);
      if (draft && !draft.text.trim() && !draft.title.trim()) this.stories.drafts.drop(story);
    },

    onType(event) {
      if (this.stories.drafts.get(this.data.story)) this.stories.drafts.write(this.data.story, event.detail);
    },

    onSend() {
      this.stories.drafts.send(this.data.story);
    },

    /** The story these words belonged to takes none any more: they become one of their own. */
    onAnew() {
      const draft = this.stories.drafts.beginAnew(this.data.story);
      wx.redirectTo({ url: `${PAGE}?view=write&story=${draft.story}` });
    },

    onHug(event) {
      this.ask('hug', () => this.stories.hug(event.detail.on));
    },

    onAnswerType(event) {
      this.setData({ answer: event.detail.text, answered: null });
      this.stories.keepAnswer(this.data.story, event.detail.text);
    },

    async onAnswer() {
      const { answer, story } = this.data;
      const isDone = await this.ask('answer', () => this.stories.answer(story, answer.trim()));
      if (isDone) this.setData({ answer: '', answered: this.stories.answered });
    },

    openSheet(sheet, subject) {
      this.setData({ sheet, subject, error: '' });
    },

    /** What the open panel is about. @returns {any} */
    subject() {
      return this.data.subject;
    },

    onSheetClose() {
      this.setData({ sheet: '', error: '' });
    },

    onReportOpen(event) {
      this.openSheet('report', event.detail);
    },

    async onReport(event) {
      const isDone = await this.ask('report', () => this.stories.report({ ...this.data.subject, ...event.detail }));
      if (isDone) this.openSheet('reported', {});
    },

    onAgree(event) {
      const mine = this.stories.mine.stories.find((one) => one.story === event.detail.story);
      this.ask('agree', () => this.stories.agree(mine));
    },

    onWithdrawOpen(event) {
      this.openSheet('withdraw', event.detail);
    },

    async onWithdraw() {
      const { story } = this.subject();
      const isDone = await this.ask('withdraw', () => this.stories.withdraw(story));
      if (isDone) this.setData({ sheet: '' });
    },

    onDropOpen(event) {
      this.openSheet('drop', event.detail);
    },

    onDrop() {
      this.stories.drafts.drop(this.subject().story);
      this.setData({ sheet: '' });
    },

    onHelp() {
      this.openSheet('help', {});
    },

    async onTalkAboutAnswer() {
      const isDone = await this.ask('talk', () => this.stories.talkAboutAnswer());
      if (isDone) wx.reLaunch({ url: CHAT });
    },

    onTakeBack(event) {
      this.ask('takeback', () => this.stories.takeBack(event.detail.cid));
    },

    onMoreGiven() {
      this.ask('given', () => this.stories.readMoreGiven());
    },

    async onTalkAboutGiven(event) {
      const isDone = await this.ask('talk', () => this.stories.talkAboutAnswer(event.detail.answer));
      if (isDone) wx.reLaunch({ url: CHAT });
    },

    /** The talk has the story as its card, so nothing has to be told again. */
    async onTalk(event) {
      const isDone = await this.ask('talk', () => this.stories.talk(event.detail.story));
      if (isDone) wx.reLaunch({ url: CHAT });
    },
  },
});
