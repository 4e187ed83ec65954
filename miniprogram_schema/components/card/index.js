/**
 * A card with a picture, a heading and words; other blocks may stand below them. Where the card leads
 * somewhere, its head is the control, so that no control stands inside another.
 */
const { safeSource } = require('../shared/pictures.js');

Component({
  properties: {
    title: { type: String, value: '' },
    text: { type: String, value: '' },
    picture: { type: String, value: '' },
    pictureAlt: { type: String, value: '' },
    tone: { type: String, value: 'plain' },
    canTap: { type: Boolean, value: false },
  },
  data: { source: '' },
  observers: {
    picture(picture) {
      this.setData({ source: safeSource(picture) });
    },
  },
  methods: {
    onTap() {
      if (this.data.canTap) this.triggerEvent('tap', {});
    },
    onInside() {
      // A tap of WeChat's own would reach whoever listens for 'tap' of this block a second time.
    },
    onPictureLost() {
      this.setData({ source: '' });
    },
  },
});
