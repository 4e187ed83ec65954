/** Teens to look after again: how it stood, what was planned, and whether somebody is with them now. */
const { dueDay } = require('../shared/follow_up.js');
const { CLOSING_RISKS, TOPICS, TYPES, wordsOf } = require('../shared/labels.js');

function rowOf(planned, now, held) {
  const risk = CLOSING_RISKS.find(({ code }) => code === planned.risk);
  const due = dueDay(planned.due_at, now);
  return {
    id: planned.conversation,
    risk: risk ? `${risk.code} ${risk.word}` : '',
    about: [...wordsOf(TYPES, planned.types), ...wordsOf(TOPICS, planned.topics)].join('、'),
    note: planned.note,
    due: due.text,
    isLate: due.isLate,
    isOpen: planned.open,
    isHeld: held.includes(planned.conversation),
  };
}

Component({
  properties: {
    followUps: { type: Array, value: [] },
    now: { type: Number, value: 0 },
    held: { type: Array, value: [] },
    busy: { type: Boolean, value: false },
  },
  data: { rows: [] },
  observers: {
    'followUps, now, held': function show(followUps, now, held) {
      this.setData({ rows: followUps.map((planned) => rowOf(planned, now, held)) });
    },
  },
  methods: {
    onReopen(event) {
      if (!this.data.busy) this.triggerEvent('reopen', { id: event.currentTarget.dataset.id });
    },
    onDone(event) {
      this.triggerEvent('done', { id: event.currentTarget.dataset.id });
    },
    onOpen(event) {
      this.triggerEvent('open', { id: event.currentTarget.dataset.id });
    },
  },
});
