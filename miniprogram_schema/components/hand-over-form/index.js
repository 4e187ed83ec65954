/**
 * To whom the talk goes (a queue, or a colleague on duty), whether the giver stays beside the teen,
 * and what the next person should know.
 */
const { optionsOf, ROLES, TIERS, wordOf } = require('../shared/labels.js');

const NOTE_LIMIT = 500;

const rowOf = ({ id, name, role, load }) => ({
  id, name, about: `${wordOf(ROLES, role)} · ${load ? `手上分量 ${load}` : '手上没有人'}`,
});

Component({
  properties: {
    colleagues: { type: Array, value: [] },
    error: { type: String, value: '' },
    busy: { type: Boolean, value: false },
  },
  data: {
    tiers: optionsOf(TIERS), rows: [], tier: 'counsellor', person: '', warm: false, note: '',
    noteLimit: NOTE_LIMIT,
  },
  observers: {
    colleagues(colleagues) {
      this.setData({ rows: colleagues.map(rowOf) });
    },
  },
  methods: {
    onTier(event) {
      this.setData({ tier: event.currentTarget.dataset.code, person: '' });
    },
    onPerson(event) {
      this.setData({ tier: '', person: event.currentTarget.dataset.id });
    },
    onCold() {
      this.setData({ warm: false });
    },
    onWarm() {
      this.setData({ warm: true });
    },
    onNote(event) {
      this.setData({ note: event.detail.value });
    },
    onSubmit() {
      const { busy, tier, person, warm, note } = this.data;
      if (busy) return;
      const to = person ? { person } : { tier };
      this.triggerEvent('submit', { ...to, warm, note: note.trim() });
    },
  },
});
