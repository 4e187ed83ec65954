/**
 * What somebody has to look at, a list in plain words, not an alarm: for counsellors and supervisors,
 * and for a listener what is their own. The talk of one's own can be opened, whoever holds it.
 * It folds to one line while a talk is open (`quiet`), which still says whether anything is nobody's.
 */
const { alertRows } = require('../shared/alerts.js');

const FIRST = 3;

Component({
  properties: {
    alerts: { type: Array, value: [] },
    now: { type: Number, value: 0 },
    role: { type: String, value: '' },
    held: { type: Array, value: [] },
    quiet: { type: Boolean, value: false },
    busy: { type: Boolean, value: false },
  },
  data: { rows: [], count: 0, summary: '', folded: false, all: false, first: FIRST },
  observers: {
    'alerts, now, role, held, all': function show(alerts, now, role, held, all) {
      const rows = alertRows(alerts, { now, role, held });
      const free = rows.filter((row) => row.isFree).length;
      this.setData({
        rows: all ? rows : rows.slice(0, FIRST),
        count: rows.length,
        summary: free ? `${free} 件还没有人处理` : '都有人在处理',
      });
    },
    quiet(quiet) {
      this.setData({ folded: quiet });
    },
  },
  methods: {
    onFold() {
      this.setData({ folded: !this.data.folded });
    },
    onAll() {
      this.setData({ all: !this.data.all });
    },
    onAcknowledge(event) {
      if (this.data.busy) return;
      const { conversation, id } = event.currentTarget.dataset;
      this.triggerEvent('acknowledge', { conversation, alert: id });
    },
    onClose(event) {
      const { conversation, id } = event.currentTarget.dataset;
      this.triggerEvent('close', { conversation, alert: id });
    },
    onOpen(event) {
      this.triggerEvent('open', { id: event.currentTarget.dataset.conversation });
    },
  },
});
