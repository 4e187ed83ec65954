/** What a page may ask of WeChat, or of the browser that stands in for it. */
const { addressOf } = require('./addresses.js');

/** WeChat keeps ten pages open at most. */
const DEEP = 9;
const HOME = '/pages/page/index?page=teen_home';
const ICONS = { success: 'success', done: 'success', error: 'error' };

class Platform {
  /**
   * @param {any} wx
   * @param {(name: string, query?: string) => void} goTo to a page that has an address of its own
   * @param {() => 'teen'|'staff'} viewer
   */
  constructor(wx, goTo, viewer) {
    Object.assign(this, { wx, goTo, viewer });
  }

  navigateTo(page, params) {
    const { own, url } = addressOf(page, params, this.viewer());
    if (own) this.goTo(own, url);
    else if (getCurrentPages().length >= DEEP) this.wx.redirectTo({ url });
    else this.wx.navigateTo({ url });
  }

  redirectTo(page, params) {
    const { own, url } = addressOf(page, params, this.viewer());
    if (own) this.goTo(own, url);
    else this.wx.redirectTo({ url });
  }

  /** Where one came from; who came by a link goes home. */
  navigateBack() {
    if (getCurrentPages().length > 1) this.wx.navigateBack({ delta: 1 });
    else if (this.viewer() === 'teen') this.wx.reLaunch({ url: HOME });
  }

  openChat() {
    this.goTo('chat');
  }

  toast(text, kind) {
    this.wx.showToast({ title: text.slice(0, 200), icon: ICONS[kind] || 'none', duration: 2500 });
  }

  /** A computer or a tablet cannot call: the number is copied instead. */
  callHotline(number) {
    this.wx.makePhoneCall({ phoneNumber: number.replace(/[ -]/g, ''), fail: () => this.copy(number) });
  }

  copy(text) {
    this.wx.setClipboardData({ data: text, fail: () => {} });
  }

  scrollToTop() {
    this.wx.pageScrollTo({ scrollTop: 0, duration: 200 });
  }
}

module.exports = { Platform };
