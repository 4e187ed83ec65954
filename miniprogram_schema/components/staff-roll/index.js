/**
 * Everybody who belongs to the staff, for those who lead: who left is taken out, a second factor whose
 * phone is lost is reset, and one's own is set up. For others there is nothing here.
 */
const { ROLES, wordOf } = require('../shared/labels.js');

const DOORS = { wechat: '微信', device: '浏览器' };
const LEADS = ['coordinator', 'supervisor'];
const PAUSE = 400;
const NO_FACTOR = { secret: '', uri: '', error: '', isOpen: false };

/** What is asked before it is done, since neither can be taken back. */
const QUESTIONS = {
  dismiss: ({ name, role }) => `${name}（${role}）会马上退出登录，手上的倾诉会重新排队，邀请码也不能再用。`,
  reset: ({ name, role }) => `${name}（${role}）下次登录会重新设置第二步验证。请先确认真的是本人在找你。`,
};

function rowOf(member, me) {
  const { id, name, role, by, second_factor: hasFactor } = member;
  const isMe = id === me;
  const isAsked = LEADS.includes(role) && by === 'device';
  return {
    id,
    name,
    isMe,
    role: wordOf(ROLES, role),
    note: [wordOf(ROLES, role), DOORS[by], isAsked ? `第二步验证${hasFactor ? '已设' : '未设'}` : ''].filter(Boolean).join(' · '),
    canEnrol: isMe && isAsked && !hasFactor,
    canReset: !isMe && hasFactor,
  };
}

Component({
  data: {
    isOpen: false, rows: /** @type {any[]} */ ([]), more: false, sought: '', state: 'loading',
    asking: '', question: '', action: '', busy: false, error: '', factor: NO_FACTOR,
  },
  lifetimes: {
    attached() {
      this.book = getApp().services.openStaffBook(() => this.show());
      this.setData({ isOpen: this.book.isOpen });
      if (this.book.isOpen) this.read('');
    },
    detached() {
      clearTimeout(this.timer);
    },
  },
  methods: {
    show() {
      const { members, more, me } = this.book;
      this.setData({ rows: members.map((one) => rowOf(one, me)), more, state: 'ready' });
    },

    async read(sought) {
      try {
        await this.book.read(sought);
      } catch (error) {
        this.setData({ state: 'failed', error: error.message });
      }
    },

    onSeek(event) {
      const sought = event.detail.value.trim();
      this.setData({ sought });
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.read(sought), PAUSE);
    },

    onAgain() {
      this.setData({ state: 'loading', error: '' });
      this.read(this.data.sought);
    },

    onMore() {
      this.ask(() => this.book.readMore());
    },

    /** @returns {Promise<boolean>} whether it was done; a refusal is told in place */
    async ask(request) {
      if (this.data.busy) return false;
      this.setData({ busy: true, error: '' });
      try {
        await request();
        return true;
      } catch (error) {
        this.setData({ error: error.message });
        return false;
      } finally {
        this.setData({ busy: false });
      }
    },

    onAsk(event) {
      const { id, action } = event.currentTarget.dataset;
      const row = this.data.rows.find((one) => one.id === id);
      this.setData({ asking: id, action, question: QUESTIONS[action](row), error: '' });
    },

    onKeep() {
      this.setData({ asking: '', error: '' });
    },

    async onSure() {
      const { asking, action } = this.data;
      const done = await this.ask(() => (action === 'dismiss' ? this.book.dismiss(asking) : this.book.resetFactor(asking)));
      if (done) this.setData({ asking: '' });
    },

    onFactorOpen() {
      this.setData({ factor: { ...NO_FACTOR, isOpen: true } });
    },

    onFactorClose() {
      this.setData({ factor: NO_FACTOR });
    },

    async factorAsk(request) {
      if (this.data.busy) return;
      this.setData({ busy: true, 'factor.error': '' });
      try {
        await request();
      } catch (error) {
        this.setData({ 'factor.error': error.message });
      } finally {
        this.setData({ busy: false });
      }
    },

    onFactorBegin() {
      this.factorAsk(async () => {
        const { secret, uri } = await this.book.enrolFactor();
        this.setData({ factor: { ...this.data.factor, secret, uri } });
      });
    },

    onFactorShow(event) {
      this.factorAsk(async () => {
        await this.book.showFactor(event.detail.code);
        this.onFactorClose();
      });
    },
  },
});
