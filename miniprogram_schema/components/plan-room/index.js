/**
 * The safety plan: five parts in the teen's own words. Every change holds at once and is told to the
 * server by itself; the page says how that stands.
 */
const { PLAN_PARTS } = require('../shared/plan_words.js');
const { dayName, hourMinute } = require('../shared/time.js');

const NO_LINE = '现在连不上，等一下再试。';

function stateOf(plan) {
  const isRefused = plan.draft && plan.problem && plan.problem.code === 'bad_request';
  if (isRefused) return `没有存上：${plan.problem.message}`;
  if (plan.draft) return plan.problem ? '先存在这台手机里，连上网就存好' : '正在存…';
  if (plan.problem) return '现在连不上网。写下的都在这台手机里，可以接着看、接着写。';
  return plan.held && plan.held.version ? '都存好了' : '';
}

Component({
  data: {
    parts: PLAN_PARTS, sections: /** @type {any} */ ({}), suggestions: /** @type {any} */ ({}), isEmpty: true, state: '',
    shared: false, shareWaits: false, most: 12, notice: '',
    versionsOpen: false, versions: /** @type {any[]} */ ([]), version: /** @type {any} */ (null),
  },
  lifetimes: {
    attached() {
      this.plan = getApp().services.plan;
      this.unwatch = this.plan.watch(() => this.show());
      this.show();
      this.plan.refresh();
    },
    detached() {
      this.unwatch();
    },
  },
  methods: {
    show() {
      const plan = this.plan;
      const suggestions = Object.fromEntries(PLAN_PARTS.map(({ name }) => (
        [name, plan.suggestions.filter((one) => one.section === name)]
      )));
      this.setData({
        sections: plan.sections, suggestions, isEmpty: plan.isEmpty, state: stateOf(plan),
        shared: plan.shared, shareWaits: plan.shareWaits,
      });
    },

    onChange(event) {
      this.plan.edit(event.detail.name, event.detail.entries);
    },

    onShare(event) {
      this.plan.setShared(event.detail.on);
    },

    async onAnswer(event) {
      await this.trying(() => this.plan.answerSuggestion(event.detail.id, event.detail.accept));
    },

    async onVersions() {
      await this.trying(async () => {
        const now = Date.now();
        const versions = (await this.plan.versions())
          .map(({ version, at }) => ({ version, when: `${dayName(at, now)} ${hourMinute(at)}` }));
        this.setData({ versions, version: null, versionsOpen: true });
      });
    },

    async onVersion(event) {
      const { version, when } = event.currentTarget.dataset;
      await this.trying(async () => {
        this.setData({ version: { ...(await this.plan.version(version)), when } });
      });
    },

    onRestore() {
      this.plan.restore(this.data.version);
      this.onVersionsClose();
      wx.showToast({ title: '换回来了', icon: 'none' });
    },

    onVersionsBack() {
      this.setData({ version: null });
    },

    onVersionsClose() {
      this.setData({ versionsOpen: false, version: null });
    },

    /** What needs a line says so where there is none. */
    async trying(act) {
      try {
        await act();
        this.setData({ notice: '' });
      } catch (error) {
        this.setData({ notice: error.status ? error.message : NO_LINE });
      }
    },
  },
});
