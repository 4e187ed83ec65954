/**
 * The safety plan that a teen shares, to read; whoever holds the talk can put a suggestion beside it,
 * which the teen takes in or not.
 */
const { PLAN_PARTS, filledParts } = require('../shared/plan_words.js');

const LONGEST = 120;
const SECTIONS = PLAN_PARTS.map(({ name, short }) => ({ code: name, word: short }));
const NAMES = PLAN_PARTS.map(({ name }) => name);

/** Of people only what the teen calls them: a number is theirs to give. */
const wordsIn = ({ name, title, entries }) => ({
  code: name, word: title, entries: name === 'people' ? entries.map((one) => one.name) : entries,
});

Component({
  properties: {
    /** The plan, or null where none is shared. */
    plan: { type: Object, value: null },
    canSuggest: { type: Boolean, value: false },
    error: { type: String, value: '' },
    busy: { type: Boolean, value: false },
    /** Grows with each suggestion that has arrived. */
    suggested: { type: Number, value: 0 },
  },
  data: {
    rows: [], sections: SECTIONS, longest: LONGEST, writing: false, section: 'helps', text: '',
  },
  observers: {
    plan(plan) {
      this.setData({ rows: plan ? filledParts(plan, NAMES).map(wordsIn) : [] });
    },
    suggested(suggested) {
      if (suggested) this.setData({ writing: false, text: '' });
    },
  },
  methods: {
    onWrite() {
      this.setData({ writing: !this.data.writing });
    },
    onSection(event) {
      this.setData({ section: event.currentTarget.dataset.code });
    },
    onText(event) {
      this.setData({ text: event.detail.value });
    },
    onSuggest() {
      const { section, text, busy } = this.data;
      if (text.trim() && !busy) this.triggerEvent('suggest', { section, text: text.trim() });
    },
  },
});
