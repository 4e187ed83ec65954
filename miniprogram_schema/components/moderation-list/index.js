/** What waits for a person, most urgent first, as the server orders it. */
const { itemRow } = require('../shared/moderation_words.js');

Component({
  properties: {
    items: { type: Array, value: [] },
    counts: { type: Object, value: null },
    openKey: { type: String, value: '' },
    now: { type: Number, value: 0 },
    more: { type: Boolean, value: false },
    busy: { type: Boolean, value: false },
  },
  data: { rows: [] },
  observers: {
    'items, now': function show(items, now) {
      this.setData({ rows: items.map((item) => itemRow(item, now)) });
    },
  },
  methods: {
    onTake(event) {
      const { kind, id } = event.currentTarget.dataset;
      if (!this.data.busy) this.triggerEvent('take', { kind, id });
    },
    onMore() {
      this.triggerEvent('more');
    },
  },
});
