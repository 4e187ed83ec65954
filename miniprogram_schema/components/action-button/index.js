/** A button that does what the page says of its tap. */
const { iconOf, labelOf } = require('../shared/icons.js');

const NAMELESS = '按钮';

Component({
  properties: {
    text: { type: String, value: '按钮' },
    tone: { type: String, value: 'main' },
    wide: { type: Boolean, value: false },
    icon: { type: String, value: '' },
    disabled: { type: Boolean, value: false },
  },
  data: { drawn: '', label: NAMELESS },
  observers: {
    'icon, text': function draw(icon, text) {
      this.setData({ drawn: iconOf(icon), label: text || labelOf(icon) || NAMELESS });
    },
  },
  methods: {
    onTap() {
      if (!this.data.disabled) this.triggerEvent('tap', {});
    },
    onInside() {
      // A tap of WeChat's own would reach whoever listens for 'tap' of this block a second time.
    },
  },
});
