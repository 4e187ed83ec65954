/**
 * Talks that ended by silence and still want their closing form: the member's own, and for a supervisor
 * what others have not written within a day. There is no hurry in it, and nothing else waits for it.
 */
const { levelWord, TOPICS, wordsOf } = require('../shared/labels.js');
const { dayName, hourMinute } = require('../shared/time.js');

function stateOf({ mine, overdue, by_name: name }) {
  if (!mine) return `${name}超过一天还没有写`;
  return overdue ? '超过一天了，今天补上就好' : '一天之内写就好';
}

function rowOf(writeUp, now) {
  return {
    id: writeUp.conversation,
    level: writeUp.level,
    word: levelWord(writeUp.level),
    about: wordsOf(TOPICS, writeUp.topics).join('、') || '还没有主题',
    topics: writeUp.topics,
    ended: `${dayName(writeUp.ended_at, now)} ${hourMinute(writeUp.ended_at)} 收好`,
    state: stateOf(writeUp),
    isLate: writeUp.overdue,
    isMine: writeUp.mine,
  };
}

Component({
  properties: {
    writeUps: { type: Array, value: [] },
    now: { type: Number, value: 0 },
  },
  data: { rows: [] },
  observers: {
    'writeUps, now': function show(writeUps, now) {
      this.setData({ rows: writeUps.map((writeUp) => rowOf(writeUp, now)) });
    },
  },
  methods: {
    onWrite(event) {
      const { id, topics } = this.data.rows[event.currentTarget.dataset.index];
      this.triggerEvent('write', { id, topics });
    },
  },
});
