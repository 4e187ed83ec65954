/** A small picture from the list of icons with words beside it. */
const { iconOf } = require('../shared/icons.js');

const FALLBACK = 'info-circle';

Component({
  properties: {
    icon: { type: String, value: 'info-circle' },
    title: { type: String, value: '' },
    text: { type: String, value: '' },
    tone: { type: String, value: 'accent' },
  },
  data: { drawn: FALLBACK },
  observers: {
    icon(icon) {
      this.setData({ drawn: iconOf(icon) || FALLBACK });
    },
  },
});
