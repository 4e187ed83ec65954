/**
 * A check-in that keeps itself: the picker, what became of it, and what it asks to show: the safety
 * card after words of danger, or one gentle offer after several low days. Without a network it waits
 * on this device.
 */
const { dayOf } = require('../shared/days.js');
const { goTo } = require('../shared/navigate.js');

Component({
  properties: {
    title: { type: String, value: '现在心里怎么样？' },
    /** A day whose check-ins are shown elsewhere on the page. */
    day: { type: String, value: '' },
  },
  data: {
    picking: true, told: '', unsent: 0, failed: /** @type {any[]} */ ([]),
    offer: false, safety: false, hasPlan: false, helpOpen: false,
  },
  observers: {
    day() {
      if (this.mood) this.show();
    },
  },
  lifetimes: {
    attached() {
      const { mood, plan } = getApp().services;
      Object.assign(this, { mood, plan });
      const renew = () => this.show();
      this.unwatch = [mood.watch(renew), plan.watch(renew)];
      this.show();
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
      const notice = this.mood.notice || {};
      const unsent = this.mood.entries.filter((one) => one.state);
      this.setData({
        failed: unsent.filter((one) => one.state === 'failed' && one.day !== this.data.day),
        unsent: unsent.length,
        offer: Boolean(notice.offer) && !notice.safety,
        safety: Boolean(notice.safety),
        hasPlan: !this.plan.isEmpty,
      });
    },

    onSave(event) {
      const day = dayOf(Date.now());
      this.mood.save({ day, ...event.detail });
      this.setData({ told: '记下了。', picking: false });
      this.show();
      this.triggerEvent('kept', { day });
    },

    onMore() {
      this.setData({ picking: true, told: '' });
    },

    onRemove(event) {
      this.mood.remove(event.detail.cid);
    },

    onRetry(event) {
      this.mood.retry(event.detail.cid);
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
