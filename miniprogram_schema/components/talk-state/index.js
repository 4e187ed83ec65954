/**
 * How the open talk stands, in one or two lines: level, clocks, who else is there, whom it is offered
 * to or why it came back, and the note of whoever had it before.
 */
const { answerClock, endClock } = require('../shared/clocks.js');
const { levelWord, TIERS, wordOf } = require('../shared/labels.js');

/** Who is with the teen beside the reader. */
function companyOf(talk) {
  if (talk.watching) return talk.holder ? `${talk.holder}在负责` : '还没有人接，AI 先陪着';
  if (!talk.mine) return talk.holder ? `${talk.holder}在负责，你在旁边陪着` : '你在旁边陪着';
  return talk.guests.length ? `${talk.guests.join('、')}在旁边陪着` : '';
}

/** Who is on the way. */
function comingOf(talk) {
  if (talk.watching) return talk.offered_to ? `正在请${talk.offered_to}来，还没有回答。` : '';
  if (talk.offered_to) return `正在请${talk.offered_to}来，还没有回答。在那之前同学还在你手上。`;
  return talk.waiting_since ? `正在请一位${wordOf(TIERS, talk.tier)}来，你先陪着。` : '';
}

function viewOf(talk, now) {
  const answer = answerClock(talk.answer_due, now);
  const { returned } = talk;
  return {
    word: levelWord(talk.level),
    answer: answer.text,
    isLate: answer.isLate,
    ends: endClock(talk.ends_at, now),
    company: companyOf(talk),
    coming: comingOf(talk),
    back: returned ? `${returned.by_name}这次没有接：“${returned.reason}”` : '',
    note: talk.note,
  };
}

Component({
  properties: {
    talk: { type: Object, value: null },
    now: { type: Number, value: 0 },
  },
  data: { word: '', answer: '', isLate: false, ends: '', company: '', coming: '', back: '', note: '' },
  observers: {
    'talk, now': function show(talk, now) {
      if (talk) this.setData(viewOf(talk, now));
    },
  },
  methods: {
    onRisk() {
      this.triggerEvent('risk');
    },
  },
});
