/** The words a teen reads about stories: where one stands, and what it may be about. */
const { TOPICS } = require('./topics.js');

const LONGEST_TEXT = 5000;
const LONGEST_TITLE = 30;
const LONGEST_ANSWER = 500;

const STATES = {
  draft: { word: '还在写', hint: '只有你看得到。' },
  waiting: { word: '等人读', hint: '我们的咨询师会先读一遍，一般一天之内。读之前谁也看不到。' },
  mask_offered: { word: '等你点头', hint: '有几处可能会让人认出你，想先遮住。你同意了才会公开。' },
  change_asked: { word: '想请你改一改', hint: '改好再送来就行，不急。' },
  published: { word: '大家看得到', hint: '随时可以收回，收回后马上就看不到了。' },
  withheld: { word: '没有公开', hint: '只有你看得到。' },
  withdrawn: { word: '你收回了', hint: '已经没有人看得到。' },
};

/** Of words to somebody else's story. */
const GIVEN_STATES = {
  waiting: '等人读，读过才会给对方看',
  published: '对方看得到',
  withheld: '没有放出去，只有你看得到',
  withdrawn: '收回了，或者那篇故事已经不在了',
};

const REPORT_REASONS = [
  { code: 'personal', word: '写了名字、电话、学校这些' },
  { code: 'unkind', word: '在骂人或欺负人' },
  { code: 'danger', word: '有人可能有危险' },
  { code: 'other', word: '别的，看着不舒服' },
];

/** Of a local draft, the words about keeping it. */
const DRAFT_STATES = {
  kept: '存好了', saving: '正在存…', here: '先存在这台手机里，连上网再存一份',
  sending: '正在送出…', queued: '连上网就送出去', tooLong: '太长了，先存在这台手机里',
};

const TOPIC_CHOICES = Object.keys(TOPICS).map((code) => ({ code, word: TOPICS[code] }));

const lengthOf = (text) => Array.from(text).length;
const stateOf = (state) => STATES[state] || { word: state, hint: '' };
const topicWord = (code) => TOPICS[code] || code;

/** 2026-11-20 → 11月20日; another year is said too. */
function dayWord(day, now = Date.now()) {
  const [year, month, date] = day.split('-').map(Number);
  const isThisYear = new Date(now).getFullYear() === year;
  return `${isThisYear ? '' : `${year}年`}${month}月${date}日`;
}

module.exports = {
  DRAFT_STATES, GIVEN_STATES, LONGEST_ANSWER, LONGEST_TEXT, LONGEST_TITLE, REPORT_REASONS, STATES, TOPIC_CHOICES,
  dayWord, lengthOf, stateOf, topicWord,
};
