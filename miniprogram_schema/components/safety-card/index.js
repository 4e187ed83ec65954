/**
 * The safety card: a small plan and grounding first, people second, hotlines last.
 *
 * Everything on it is carried by the client. Only 'ask' (a person from the service) needs a network,
 * and the page keeps that wish until it is heard.
 */
Component({
  properties: {
    intro: { type: String, value: '' },
    canAsk: { type: Boolean, value: false },
    card: { type: Object, value: null },
  },
  data: { content: null, opened: '', done: {}, copied: false },
  observers: {
    card(card) {
      this.setData({ content: card || getApp().services.safetyCard });
    },
  },
  lifetimes: {
    attached() {
      if (!this.data.content) this.setData({ content: this.data.card || getApp().services.safetyCard });
    },
  },
  methods: {
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
