/** Ways to other pages, each with its icon and a name. */
const { iconOf } = require('../shared/icons.js');
const { fieldOf, listOf, wordsOf } = require('../shared/plain.js');

const FALLBACK = 'star';

function wayOf(item, index) {
  const words = (field) => wordsOf(fieldOf(item, field));
  return { index, title: words('title'), note: words('note'), page: words('page'), icon: iconOf(words('icon')) || FALLBACK };
}

Component({
  properties: {
    label: { type: String, value: '' },
    /** [{title, icon, page, note}] */
    items: { type: Array, value: [] },
    columns: { type: Number, value: 2 },
  },
  data: { ways: /** @type {any[]} */ ([]), across: 2 },
  observers: {
    items(items) {
      this.setData({ ways: listOf(items).map(wayOf).filter((way) => way.title) });
    },
    columns(columns) {
      this.setData({ across: Math.min(4, Math.max(1, Math.round(columns) || 1)) });
    },
  },
  methods: {
    onWay(event) {
      const { page, index } = event.currentTarget.dataset;
      this.triggerEvent('tap', { page, index });
    },
    onInside() {
      // A tap of WeChat's own would reach whoever listens for 'tap' of this block a second time.
    },
  },
});
