/**
 * The teen's own corner: what they keep, what is done with it, and the way to take it back. Nothing
 * here needs to be filled in to talk.
 */
const { goTo } = require('../shared/navigate.js');

const BANDS = [{ band: 'under_14', word: '还没满 14 岁' }, { band: 'from_14', word: '满 14 岁了' }];

Component({
  data: {
    bands: BANDS, band: '', consents: false, consentWaits: false, restOn: true, notice: '',
    erasing: false, erased: false, privacyOpen: false, hotlinesOpen: false,
  },
  lifetimes: {
    attached() {
      const { profile, rest } = getApp().services;
      Object.assign(this, { profile, rest });
      this.unwatch = this.profile.watch(() => this.show());
      this.show();
    },
    detached() {
      this.unwatch();
    },
  },
  methods: {
    show() {
      const { band, consents, consentWaits } = this.profile;
      this.setData({ band, consents, consentWaits, restOn: this.rest.on });
    },

    onRest(event) {
      this.rest.setOn(event.detail.on);
      this.show();
    },

    onGo(event) {
      const { name, query } = event.currentTarget.dataset;
      goTo(name, query);
    },

    onBand(event) {
      this.profile.setBand(event.currentTarget.dataset.band);
    },

    onConsent(event) {
      this.profile.setConsent(event.detail.on);
    },

    onPrivacy() {
      this.setData({ privacyOpen: true });
    },

    onPrivacyClose() {
      this.setData({ privacyOpen: false });
    },

    onHotlines() {
      this.setData({ hotlinesOpen: true });
    },

    onHotlinesClose() {
      this.setData({ hotlinesOpen: false });
    },

    onErase() {
      this.setData({ erasing: true, notice: '', erased: false });
    },

    onKeep() {
      this.setData({ erasing: false });
    },

    /** Erasing must not be believed where it was not done, so it is not put off. */
    async onEraseSure() {
      this.setData({ notice: '' });
      try {
        await this.profile.eraseStories();
        this.setData({ erasing: false, erased: true });
      } catch (error) {
        const why = error.status ? error.message : '现在连不上网。';
        this.setData({ notice: `${why} 还没有删，等一下再试。` });
      }
    },
  },
});
