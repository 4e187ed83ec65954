/**
 * The teen's own plan to read in a hard moment: what helps, where to go, whom to find, what to hold on
 * to. It comes from this device, so it is there without a network. Nothing is shown where none is kept.
 */
const { IN_NEED, PLAN_PARTS, filledParts } = require('../shared/plan_words.js');

const ALL = PLAN_PARTS.map((part) => part.name);

Component({
  properties: {
    /** A plan to show instead of one's own: an earlier version, or the one a teen shares. */
    plan: { type: Object, value: null },
    /** All of it, with the signs; else what is of use in the moment. */
    whole: { type: Boolean, value: false },
  },
  data: { parts: /** @type {any[]} */ ([]) },
  observers: {
    'plan, whole': function renew() {
      this.show();
    },
  },
  lifetimes: {
    attached() {
      const { plan } = getApp().services;
      this.unwatch = plan ? plan.watch(() => this.show()) : () => {};
      this.show();
    },
    detached() {
      this.unwatch();
    },
  },
  methods: {
    show() {
      const own = getApp().services.plan;
      const sections = this.data.plan || (own ? own.sections : {});
      this.setData({ parts: filledParts(sections, this.data.whole ? ALL : IN_NEED) });
    },

    onCall(event) {
      const { phone } = event.currentTarget.dataset;
      wx.makePhoneCall({ phoneNumber: phone, fail: () => wx.setClipboardData({ data: phone, fail: () => {} }) });
    },
  },
});
