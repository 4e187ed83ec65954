/**
 * Teens to look after again: how it stood, what was planned, and whether somebody is with them now.
 * What was missed stands first, then today, then the week to come.
 */
const { dueDay, dueGroup } = require('../shared/follow_up.js');
const { CLOSING_RISKS, TOPICS, TYPES, wordsOf } = require('../shared/labels.js');

const GROUPS = [
  { code: 'late', title: '已经过了日子' }, { code: 'today', title: '今天' }, { code: 'later', title: '接下来一周' },
];

function rowOf(planned, now, held) {
  const risk = CLOSING_RISKS.find(({ code }) => code === planned.risk);
  const due = dueDay(planned.due_at, now);
  return {
    id: planned.conversation,
    group: dueGroup(planned.due_at, now),
    risk: risk ? `${risk.code} ${risk.word}` : '',
    about: [...wordsOf(TYPES, planned.types), ...wordsOf(TOPICS, planned.topics)].join('、'),
    note: planned.note,
    due: due.text,
    isLate: due.isLate,
    isOpen: planned.open,
    isHeld: held.includes(planned.conversation),
  };
}

function groupsOf(rows) {
  const groups = GROUPS.map((group) => ({ ...group, rows: rows.filter((row) => row.group === group.code) }));
  return groups.filter((group) => group.rows.length);
}

Component({
  properties: {
    followUps: { type: Array, value: [] },
    now: { type: Number, value: 0 },
    held: { type: Array, value: [] },
    more: { type: Boolean, value: false },
    reading: { type: Boolean, value: false },
    busy: { type: Boolean, value: false },
  },
  data: { groups: [] },
  observers: {
    'followUps, now, held': function show(followUps, now, held) {
      this.setData({ groups: groupsOf(followUps.map((planned) => rowOf(planned, now, held))) });
    },
  },
  methods: {
    onMore() {
      if (!this.data.reading) this.triggerEvent('more');
    },
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
