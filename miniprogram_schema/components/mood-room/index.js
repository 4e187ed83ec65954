/**
 * Check-ins: the one for now, the month, the weeks, and a day that is looked at. No counts of days in
 * a row and no points: a day without one is a day like any other.
 */
const { addDays, dayOf, dayWords } = require('../shared/days.js');
const { goTo } = require('../shared/navigate.js');

/** Days that are read at once. */
const SPAN = 400;

Component({
  data: {
    today: '', moods: /** @type {any[]} */ ([]), day: '', dayTitle: '', dayMoods: /** @type {any[]} */ ([]),
    failed: /** @type {any[]} */ ([]), unsent: 0, problem: '', told: '', picking: true,
    offer: false, safety: false, hasPlan: false, shared: false, shareWaits: false, helpOpen: false,
  },
  lifetimes: {
    attached() {
      const { mood, plan } = getApp().services;
      Object.assign(this, { mood, plan });
      const renew = () => this.show();
      this.unwatch = [mood.watch(renew), plan.watch(renew)];
      this.show();
      this.renew();
    },
    detached() {
      this.unwatch.forEach((stop) => stop());
    },
  },
  pageLifetimes: {
    show() {
      if (this.mood) this.show();
    },
  },
  methods: {
    show() {
      const mood = this.mood;
      const moods = mood.entries;
      const { day } = this.data;
      const notice = mood.notice || {};
      const unsent = moods.filter((one) => one.state);
      this.setData({
        today: dayOf(Date.now()), moods,
        dayTitle: day ? dayWords(day) : '', dayMoods: day ? moods.filter((one) => one.day === day) : [],
        failed: unsent.filter((one) => one.state === 'failed' && one.day !== day), unsent: unsent.length,
        problem: mood.problem && !mood.problem.status ? '现在连不上网。可以照常记，先存在这台手机里，连上就存好。' : '',
        offer: Boolean(notice.offer) && !notice.safety, safety: Boolean(notice.safety),
        hasPlan: !this.plan.isEmpty, shared: mood.shared, shareWaits: mood.shareWaits,
      });
    },

    async renew() {
      const until = addDays(dayOf(Date.now()), 1);
      await this.mood.read(addDays(until, 1 - SPAN), until);
      await this.mood.hearShared();
    },

    onSave(event) {
      const day = dayOf(Date.now());
      this.mood.save({ day, ...event.detail });
      this.setData({ told: '记下了。', day, picking: false });
      this.show();
    },

    onMore() {
      this.setData({ picking: true, told: '' });
    },

    onDay(event) {
      this.setData({ day: event.detail.day });
      this.show();
    },

    /** A month before what was read: read that far. */
    async onMonth(event) {
      const { since } = this.mood;
      if (!since || event.detail.from >= since) return;
      const until = addDays(since, -1);
      await this.mood.read(addDays(until, 1 - SPAN), until);
    },

    onRemove(event) {
      this.mood.remove(event.detail.cid);
    },

    onRetry(event) {
      this.mood.retry(event.detail.cid);
    },

    onShare(event) {
      this.mood.setShared(event.detail.on);
    },

    onPutAway() {
      this.mood.notice = null;
    },

    onTalk() {
      this.mood.notice = null;
      goTo('chat');
    },

    /** A person is asked for; the talk takes it on. */
    onAsk() {
      getApp().services.wishes.person = true;
      this.onTalk();
    },

    onPlan() {
      goTo('plan');
    },

    onGrounding() {
      goTo('grounding');
    },

    onHelp() {
      this.setData({ helpOpen: true });
    },

    onHelpClose() {
      this.setData({ helpOpen: false });
    },
  },
});
