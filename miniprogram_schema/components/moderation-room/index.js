/**
 * The stories that wait for a person: the list, and the one that is open. It looks often while it is
 * looked at (`active`) and now and then otherwise, for the count on the tab.
 */
const { merged } = require('../shared/masks.js');
const { checkWord, dueWord, itemRow } = require('../shared/moderation_words.js');
const { excerptOf } = require('../shared/story_view.js');

const TAKEN_OVER = new Set(['conflict', 'not_found', 'closed']);
const CHANGED = '作者刚刚改过，这是新的文字。再读一遍，刚才选的已经清空了。';

const withPersonal = (masks, marks) => (
  merged([...masks, ...(marks || []).filter(({ kind }) => kind !== 'risk')])
);

/** An item as the list knows it now: a check may have ended while it stood open. */
function listed(items, item) {
  const same = ({ kind, id, version }) => kind === item.kind && id === item.id && version === item.version;
  return items.find(same) || item;
}

Component({
  properties: {
    active: { type: Boolean, value: false },
    role: { type: String, value: '' },
    now: { type: Number, value: 0 },
  },
  data: {
    items: [], counts: null, more: false, item: null, about: '', row: null, due: null, check: '', openKey: '', masks: [], titleMasks: [], none: [],
    reply: null, notice: '', problem: '', error: '', unsure: false, busy: '',
  },
  observers: {
    active(active) {
      if (this.desk) this.desk.watch(active);
    },
    now(now) {
      if (this.desk && this.data.item) this.setData({ due: dueWord(this.data.item, now) });
    },
  },
  lifetimes: {
    attached() {
      this.desk = getApp().services.openModeration(() => this.show());
      this.desk.watch(this.data.active);
    },
    detached() {
      this.desk.stop();
    },
  },
  methods: {
    show() {
      const { items, counts, more, item, problem, changed } = this.desk;
      const before = this.data.item;
      // Nothing open before and after is no change either: what was refused stays told.
      const isSame = before && item ? before.id === item.id && before.version === item.version : !before && !item;
      this.setData({ items, counts, more, item, problem, openKey: item ? `${item.kind} ${item.id}` : '' });
      this.setData({ check: item ? checkWord(listed(items, item)) : '' });
      if (this.told !== counts.waiting) this.triggerEvent('counts', { waiting: counts.waiting });
      this.told = counts.waiting;
      if (isSame) return;
      const now = Date.now();
      this.setData({
        masks: [], titleMasks: [], error: '', unsure: false,
        notice: changed ? CHANGED : '',
        about: item && item.about ? excerptOf(item.about.text, 160) : '',
        row: item ? itemRow(item, now) : null,
        due: item ? dueWord(item, now) : null,
      });
    },

    async ask(name, request) {
      if (this.data.busy) return false;
      this.setData({ busy: name, error: '', notice: '', unsure: false });
      try {
        await request();
        return true;
      } catch (error) {
        this.tell(name, error);
        return false;
      } finally {
        this.setData({ busy: '' });
      }
    },

    /** What others hold or have changed is read anew at once. */
    tell(name, error) {
      const isDecision = name === 'decide';
      // Where personal data is left in it, the hint says where.
      const text = isDecision || name === 'reply' ? `${error.message}${error.hint.split('。')[0]}` : error.message;
      this.setData({ [isDecision ? 'error' : 'notice']: text });
      if (isDecision && error.code === 'bad_request') this.setData({ unsure: true });
      if (!TAKEN_OVER.has(error.code)) return;
      if (isDecision) this.desk.reread().catch(() => this.lose(error.message));
      else this.desk.tick();
    },

    lose(notice) {
      this.desk.item = null;
      this.show();
      this.setData({ notice });
    },

    onTake(event) {
      const { kind, id } = event.detail;
      this.ask('take', () => this.desk.take(kind, id));
    },

    onMore() {
      this.ask('more', () => this.desk.readMore());
    },

    onMasks(event) {
      this.setData({ masks: event.detail.masks, unsure: false });
    },

    /** Every mark of personal data at once, in the title too. */
    onHideAll() {
      const { item, masks, titleMasks } = this.data;
      this.setData({
        masks: withPersonal(masks, item.marks),
        titleMasks: withPersonal(titleMasks, item.title_marks),
        unsure: false,
      });
    },

    onTitleMasks(event) {
      this.setData({ titleMasks: event.detail.masks, unsure: false });
    },

    async onDecide(event) {
      const { wish, reply } = event.detail;
      const { id } = this.data.item;
      const isDone = await this.ask('decide', () => this.desk.decide(wish));
      if (isDone && reply) this.sendReply({ story: id, text: reply });
    },

    /** A counsellor's words go once the story stands; refused, they stay here to be mended. */
    async sendReply(reply) {
      const isDone = await this.ask('reply', () => this.desk.answer(reply.story, reply.text));
      this.setData({ reply: isDone ? null : reply });
    },

    onReply(event) {
      this.setData({ reply: { ...this.data.reply, text: event.detail.value } });
    },

    onReplyAgain() {
      this.sendReply(this.data.reply);
    },

    onReplyDrop() {
      this.setData({ reply: null, notice: '' });
    },

    onPutBack() {
      this.ask('put-back', () => this.desk.putBack());
    },

    onNoticeRead() {
      this.setData({ notice: '' });
    },

    onAgain() {
      this.desk.tick();
    },
  },
});
