/**
 * The second factor of whoever leads: a secret for the authenticator on their phone, shown once, and
 * the six digits that it shows. What is asked of the server is the parent's to ask.
 */
const DIGITS = /^[0-9]{6}$/;
const GROUP = /.{1,4}/g;

Component({
  properties: {
    needs: { type: String, value: 'code' },
    secret: { type: String, value: '' },
    uri: { type: String, value: '' },
    error: { type: String, value: '' },
    busy: { type: Boolean, value: false },
  },
  data: { typed: '', code: '', ready: false, groups: /** @type {string[]} */ ([]), copied: '' },
  observers: {
    secret(secret) {
      this.setData({ groups: secret.match(GROUP) || [], copied: '' });
    },
  },
  methods: {
    /** Some apps show the digits in two groups, and some keyboards write them full-width. */
    onInput(event) {
      const typed = event.detail.value;
      const code = typed.normalize('NFKC').replace(/\s/g, '');
      this.setData({ typed, code, ready: DIGITS.test(code) });
    },
    onBegin() {
      if (!this.data.busy) this.triggerEvent('begin', {});
    },
    onCopy(event) {
      const { what } = event.currentTarget.dataset;
      wx.setClipboardData({
        data: what === 'uri' ? this.data.uri : this.data.secret,
        success: () => this.setData({ copied: what }),
        fail: () => {},
      });
    },
    onShow() {
      if (!this.data.ready || this.data.busy) return;
      this.triggerEvent('show', { code: this.data.code });
    },
  },
});
