/**
 * The level as a person sees it, and why. Every level can be chosen by everybody: who may lower one
 * is the server's to say, and its words stand here, under what was written.
 */
const { LEVELS } = require('../shared/labels.js');

const NOTE_LIMIT = 500;

/** The same level again says something only of a message that was read wrongly. */
const isSaying = ({ chosen, level, quote }) => chosen >= 0 && (chosen !== level || Boolean(quote));

Component({
  properties: {
    level: { type: Number, value: 0 },
    quote: { type: String, value: '' },
    mayLower: { type: Boolean, value: false },
    error: { type: String, value: '' },
    busy: { type: Boolean, value: false },
  },
  data: { levels: LEVELS, chosen: -1, reason: '', canSubmit: false, noteLimit: NOTE_LIMIT },
  methods: {
    onLevel(event) {
      this.choose({ chosen: Number(event.currentTarget.dataset.level) });
    },
    onReason(event) {
      this.choose({ reason: event.detail.value });
    },
    choose(change) {
      const next = { ...this.data, ...change };
      this.setData({ ...change, canSubmit: isSaying(next) && Boolean(next.reason.trim()) });
    },
    onSubmit() {
      const { busy, canSubmit, chosen, reason } = this.data;
      if (!busy && canSubmit) this.triggerEvent('submit', { level: chosen, reason: reason.trim() });
    },
  },
});
