/**
 * The talks in hand, with what is unread in each and by when it wants an answer. A teen who left is
 * told in words.
 */
const { answerClock } = require('../shared/clocks.js');
const { levelWord, TOPICS, wordsOf } = require('../shared/labels.js');
const { hourMinute } = require('../shared/time.js');

const MOST = 99;

/** What stands in a row, in the order it stands there, and what the number at its end counts. */
function labelOf({ word, at, answer, topics, left, unread }) {
  const news = unread ? `${unread} 条未读` : '没有未读';
  return [word, at, answer, `${topics}${left ? '，同学已离开' : ''}`, news].filter(Boolean).join('，');
}

function rowOf(talk, openId, now) {
  const answer = answerClock(talk.answer_due, now);
  const topics = wordsOf(TOPICS, talk.topics).join('、');
  const unread = talk.unread > MOST ? `${MOST}+` : talk.unread;
  const word = levelWord(talk.level);
  const row = {
    id: talk.id,
    isOpen: talk.id === openId,
    level: talk.level,
    word,
    topics: topics || '还没有主题',
    at: hourMinute(talk.last_at),
    unread,
    left: talk.teen_left,
    answer: talk.teen_left ? '' : answer.text,
    isLate: answer.isLate,
  };
  return { ...row, label: labelOf(row) };
}

Component({
  properties: {
    talks: { type: Array, value: [] },
    openId: { type: String, value: '' },
    now: { type: Number, value: 0 },
  },
  data: { rows: [] },
  observers: {
    'talks, openId, now': function show(talks, openId, now) {
      this.setData({ rows: talks.map((talk) => rowOf(talk, openId, now)) });
    },
  },
  methods: {
    onOpen(event) {
      this.triggerEvent('open', { id: event.currentTarget.dataset.id });
    },
  },
});
