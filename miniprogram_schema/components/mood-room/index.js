/**
 * The page of check-ins: the one for now, the month, the weeks, a day that is looked at. No counts of
 * days in a row and no points: a day without one is a day like any other.
 */
const { addDays, dayOf, dayWords } = require('../shared/days.js');

/** Days that are read at once. */
const SPAN = 400;

Component({
  data: {
    today: '', moods: /** @type {any[]} */ ([]), day: '', dayTitle: '', dayMoods: /** @type {any[]} */ ([]),
    problem: '', shared: false, shareWaits: false,
  },
  lifetimes: {
    attached() {
      this.mood = getApp().services.mood;
      this.unwatch = this.mood.watch(() => this.show());
      this.show();
      this.renew();
    },
    detached() {
      this.unwatch();
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
      this.setData({
        today: dayOf(Date.now()), moods,
        dayTitle: day ? dayWords(day) : '', dayMoods: day ? moods.filter((one) => one.day === day) : [],
        problem: mood.problem && !mood.problem.status ? '现在连不上网。可以照常记，先存在这台手机里，连上就存好。' : '',
        shared: mood.shared, shareWaits: mood.shareWaits,
      });
    },

    async renew() {
      const until = addDays(dayOf(Date.now()), 1);
      await this.mood.read(addDays(until, 1 - SPAN), until);
      await this.mood.hearShared();
    },

    /** A day of the month, or the one that a check-in was just kept for. */
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
  },
});
