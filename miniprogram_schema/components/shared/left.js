/** How long a talk with a person still lasts, in the words of the screen. */
const { hourMinute } = require('./time.js');

const MINUTE = 60000;
const NEAR = 10 * MINUTE;

/**
 * Quiet until ten minutes before the end, and never a door that shuts: the person decides.
 *
 * @param {number} endsAt ms on the clock of this device
 * @param {number} now
 * @returns {{text: string, isNear: boolean}}
 */
function leftOf(endsAt, now) {
  const left = endsAt - now;
  if (left <= 0) return { text: '说好的时间到了。没说完的，下次可以接着说。', isNear: true };
  if (left > NEAR) return { text: `这次大约聊到 ${hourMinute(endsAt)}`, isNear: false };
  return { text: `还有大约 ${Math.ceil(left / MINUTE)} 分钟，先说最想说的那件就好`, isNear: true };
}

module.exports = { leftOf };
