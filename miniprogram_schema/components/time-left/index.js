/** Until when a talk with a person lasts; a quiet word where the end is near. */
const { leftOf } = require('../shared/left.js');

const BEAT = 10000;

Component({
  properties: {
    endsAt: { type: Number, value: 0 },
  },
  data: { text: '', isNear: false, hint: '' },
  observers: {
    endsAt() {
      this.show();
    },
  },
  lifetimes: {
    attached() {
      this.show();
      this.timer = setInterval(() => this.show(), BEAT);
    },
    detached() {
      clearInterval(this.timer);
    },
  },
  methods: {
    /** A screen reader hears only the first word of the end, not every minute of it. */
    show() {
      if (!this.data.endsAt) return;
      const { text, isNear } = leftOf(this.data.endsAt, Date.now());
      const hint = isNear && !this.data.isNear ? text : this.data.hint;
      if (text !== this.data.text) this.setData({ text, isNear, hint: isNear ? hint : '' });
    },
  },
});
