/**
 * Notices to the outside that were given up, for the supervisor: each is tried once more or set aside
 * with a reason. It folds to one line while a talk is open or an alert stands above it (`quiet`).
 */
const { letterRow } = require('../shared/letters.js');

const FIRST = 2;

Component({
  properties: {
    letters: { type: Array, value: [] },
    now: { type: Number, value: 0 },
    quiet: { type: Boolean, value: false },
    busy: { type: Boolean, value: false },
  },
  data: { rows: [], folded: false, all: false, first: FIRST },
  observers: {
    'letters, now, all': function show(letters, now, all) {
      const shown = all ? letters : letters.slice(0, FIRST);
      this.setData({ rows: shown.map((letter) => letterRow(letter, now)) });
    },
    /** Only a change folds: what the reader unfolded stays so when the next poll says the same. */
    quiet(quiet) {
      if (quiet === this.wasQuiet) return;
      this.wasQuiet = quiet;
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
    onRetry(event) {
      if (!this.data.busy) this.triggerEvent('retry', { key: event.currentTarget.dataset.key });
    },
    onClose(event) {
      this.triggerEvent('close', { key: event.currentTarget.dataset.key });
    },
  },
});
