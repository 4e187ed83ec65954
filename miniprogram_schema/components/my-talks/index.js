/** The talks in hand, with what is unread in each. A teen who left is told in words. */
const { levelWord, TOPICS, wordsOf } = require('../shared/labels.js');
const { hourMinute } = require('../shared/time.js');

const MOST = 99;

function rowOf(talk, openId) {
  const topics = wordsOf(TOPICS, talk.topics).join('、');
  const unread = talk.unread > MOST ? `${MOST}+` : talk.unread;
  const word = levelWord(talk.level);
  return {
    id: talk.id,
    isOpen: talk.id === openId,
    level: talk.level,
    word,
    topics: topics || '还没有主题',
    at: hourMinute(talk.last_at),
    unread,
    left: talk.teen_left,
    label: `${word}，${topics}，${talk.unread ? `${unread} 条未读` : '没有未读'}`,
  };
}

Component({
  properties: {
    talks: { type: Array, value: [] },
    openId: { type: String, value: '' },
  },
  data: { rows: [] },
  observers: {
    'talks, openId': function show(talks, openId) {
      this.setData({ rows: talks.map((talk) => rowOf(talk, openId)) });
    },
  },
  methods: {
    onOpen(event) {
      this.triggerEvent('open', { id: event.currentTarget.dataset.id });
    },
  },
});
