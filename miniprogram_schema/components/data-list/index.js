/**
 * Items of a data source, one a row, with a face for each state of its reading. Rows that are there
 * stay on screen while they are read anew and when that fails.
 */
const { faceOf, rowsOf } = require('../shared/listing.js');
const { listOf } = require('../shared/plain.js');

Component({
  properties: {
    label: { type: String, value: '' },
    items: { type: Array, value: [] },
    titleField: { type: String, value: 'title' },
    textField: { type: String, value: '' },
    noteField: { type: String, value: '' },
    timeField: { type: String, value: '' },
    keyField: { type: String, value: '' },
    state: { type: String, value: 'ready' },
    canTap: { type: Boolean, value: false },
    emptyText: { type: String, value: '这里还没有内容。' },
    errorText: { type: String, value: '暂时读不到，等一下再试试。' },
    moreText: { type: String, value: '' },
  },
  data: { rows: /** @type {any[]} */ ([]), face: 'empty', isStale: false, waiting: [1, 2, 3] },
  observers: {
    'items, state, titleField, textField, noteField, timeField, keyField': function arrange() {
      const { items, state, titleField, textField, noteField, timeField, keyField } = this.data;
      const fields = { title: titleField, text: textField, note: noteField, time: timeField, key: keyField };
      const rows = rowsOf(items, fields, Date.now());
      this.setData({ rows, ...faceOf(state, rows.length) });
    },
  },
  methods: {
    onSelect(event) {
      const { index } = event.currentTarget.dataset;
      this.triggerEvent('select', { item: listOf(this.data.items)[index], index });
    },
    onMore() {
      this.triggerEvent('more', {});
    },
    onAgain() {
      this.triggerEvent('again', {});
    },
  },
});
