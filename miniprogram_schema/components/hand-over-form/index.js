/** To whom the talk goes, and what the next person should know. */
const { optionsOf, TIERS } = require('../shared/labels.js');

const NOTE_LIMIT = 500;

Component({
  properties: {
    error: { type: String, value: '' },
    busy: { type: Boolean, value: false },
  },
  data: { tiers: optionsOf(TIERS), tier: 'counsellor', note: '', noteLimit: NOTE_LIMIT },
  methods: {
    onTier(event) {
      this.setData({ tier: event.currentTarget.dataset.code });
    },
    onNote(event) {
      this.setData({ note: event.detail.value });
    },
    onSubmit() {
      if (!this.data.busy) this.triggerEvent('submit', { tier: this.data.tier, note: this.data.note.trim() });
    },
  },
});
