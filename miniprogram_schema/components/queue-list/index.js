/** Who is waiting: counts of each tier, and the talks that come next. Risk is told in words first. */
const { answerClock } = require('../shared/clocks.js');
const { levelWord, TIERS, TOPICS, TYPES, wordOf, wordsOf } = require('../shared/labels.js');
const { since } = require('../shared/time.js');

function waitedText(head, now) {
  if (!head.waiting_since) return '';
  const waited = since(head.waiting_since, now);
  return waited ? `等了 ${waited}` : '刚到';
}

function rowOf(head, now) {
  const answer = answerClock(head.answer_due, now);
  const types = wordsOf(TYPES, head.types);
  return {
    id: head.id,
    level: head.level,
    word: levelWord(head.level),
    types,
    // Bullying is a kind of risk and a topic: one word is enough.
    topics: wordsOf(TOPICS, head.topics).filter((topic) => !types.includes(topic)),
    tier: wordOf(TIERS, head.tier),
    waited: waitedText(head, now),
    answer: answer.text,
    isLate: answer.isLate,
  };
}

Component({
  properties: {
    queue: { type: Object, value: null },
    /** The server's time; where none is given, the device's. */
    now: { type: Number, value: 0 },
    canNext: { type: Boolean, value: false },
    busy: { type: Boolean, value: false },
    hint: { type: String, value: '' },
  },
  data: { rows: [], listener: 0, counsellor: 0 },
  observers: {
    'queue, now': function show(queue, now) {
      const { heads = [], listener = 0, counsellor = 0 } = queue || {};
      this.setData({ listener, counsellor, rows: heads.map((head) => rowOf(head, now || Date.now())) });
    },
  },
  methods: {
    onNext() {
      if (this.data.canNext && !this.data.busy) this.triggerEvent('next');
    },
  },
});
