/** Something said at the top of a page: words, a picture and a button; it can be put away. */
const { safeSource } = require('../shared/pictures.js');

Component({
  properties: {
    title: { type: String, value: '' },
    text: { type: String, value: '' },
    tone: { type: String, value: 'accent' },
    picture: { type: String, value: '' },
    pictureAlt: { type: String, value: '' },
    button: { type: String, value: '' },
    canClose: { type: Boolean, value: false },
  },
  data: { source: '', isClosed: false },
  observers: {
    picture(picture) {
      this.setData({ source: safeSource(picture) });
    },
  },
  methods: {
    onTap() {
      this.triggerEvent('tap', {});
    },
    onClose() {
      this.setData({ isClosed: true });
      this.triggerEvent('close', {});
    },
    onInside() {
      // A tap of WeChat's own would reach whoever listens for 'tap' of this block a second time.
    },
    onPictureLost() {
      this.setData({ source: '' });
    },
  },
});
