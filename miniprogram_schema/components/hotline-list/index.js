/** Numbers that call when tapped; bundled with the client, so they are there without a network. */
Component({
  properties: {
    hotlines: { type: Array, value: [] },
  },
  lifetimes: {
    attached() {
      if (!this.data.hotlines.length) this.setData({ hotlines: getApp().services.hotlines });
    },
  },
  methods: {
    onCall(event) {
      const { number } = event.currentTarget.dataset;
      wx.makePhoneCall({ phoneNumber: number, fail: () => this.showNumber(number) });
    },

    /** A computer or a tablet cannot call: the number stays readable and can be copied. */
    showNumber(number) {
      wx.setClipboardData({ data: number, fail: () => {} });
    },
  },
});
