/**
 * The safety card: the teen's own plan and grounding first, people second, hotlines last.
 *
 * Everything on it is carried by the client, the plan in this device's storage. Only 'ask' (a person from the service) needs a network,
 * and the page keeps that wish until it is heard.
 */
Component({
  properties: {
    intro: { type: String, value: '' },
    canAsk: { type: Boolean, value: false },
    card: { type: Object, value: null },
  },
  data: { content: null, opened: '', done: {}, copied: false, hasPlan: false },
  observers: {
    card(card) {
      this.setData({ content: card || getApp().services.safetyCard });
    },
  },
  lifetimes: {
    attached() {
      const { plan } = getApp().services;
      this.unwatch = plan ? plan.watch(() => this.look(plan)) : () => {};
      if (plan) this.look(plan);
      if (!this.data.content) this.setData({ content: this.data.card || getApp().services.safetyCard });
    },
    detached() {
      this.unwatch();
    },
  },
  methods: {
    look(plan) {
      const hasPlan = !plan.isEmpty;
      if (hasPlan !== this.data.hasPlan) this.setData({ hasPlan });
    },

    onOpen(event) {
      const { part } = event.currentTarget.dataset;
      this.setData({ opened: this.data.opened === part ? '' : part });
    },

    onStep(event) {
      const { index } = event.currentTarget.dataset;
      this.setData({ done: { ...this.data.done, [index]: !this.data.done[index] } });
    },

    onStillHard() {
      this.setData({ opened: 'people' });
    },

    onCopy() {
      wx.setClipboardData({
        data: this.data.content.people.words,
        success: () => this.setData({ copied: true }),
        fail: () => this.setData({ copied: false }),
      });
    },

    onAsk() {
      this.triggerEvent('ask', {}, { bubbles: true, composed: true });
    },
  },
});
