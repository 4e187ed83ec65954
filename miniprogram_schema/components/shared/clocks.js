/**
 * The clocks of a talk in plain words. What is late is said in the same calm tone as what is not:
 * whoever reads it has three talks and needs to know which comes first, not to be frightened.
 * Times are ms since 1970, as the server tells them.
 */
const { since } = require('./time.js');

const MINUTE = 60000;
const minutesTo = (at, now) => Math.ceil((at - now) / MINUTE);

/**
 * By when somebody should have answered.
 *
 * @returns {{text: string, isLate: boolean}} an empty text where nobody is waited for
 */
function answerClock(due, now) {
  if (!due) return { text: '', isLate: false };
  if (due > now) return { text: `${minutesTo(due, now)} 分钟内回复`, isLate: false };
  const late = since(due, now);
  return { text: late ? `该回复了，过了 ${late}` : '该回复了', isLate: true };
}

/** @returns {string} how long the talk still lasts; empty where nobody is there */
function endClock(endsAt, now) {
  if (!endsAt) return '';
  return endsAt > now ? `还能聊 ${minutesTo(endsAt, now)} 分钟` : '时间到了，慢慢收尾就好';
}

/** @returns {string} how long an offer still waits */
function offerClock(expiresAt, now) {
  return expiresAt > now ? `${minutesTo(expiresAt, now)} 分钟内回答就好` : '就要退回去了';
}

module.exports = { answerClock, endClock, offerClock };
