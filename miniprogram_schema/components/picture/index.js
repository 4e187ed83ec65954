/** A picture that tells in words what is on it. Where it cannot be shown, the words stand instead. */
const { heightOf, safeSource } = require('../shared/pictures.js');

Component({
  properties: {
    src: { type: String, value: '' },
    alt: { type: String, value: '' },
    ratio: { type: String, value: 'auto' },
    rounded: { type: String, value: 'small' },
  },
  data: { source: '', height: 0, box: '' },
  observers: {
    src(src) {
      this.setData({ source: safeSource(src) });
    },
    ratio(ratio) {
      const height = heightOf(ratio);
      this.setData({ height, box: height ? `padding-bottom:${height}%` : '' });
    },
  },
  methods: {
    onLost() {
      this.setData({ source: '' });
    },
  },
});
