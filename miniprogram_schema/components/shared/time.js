/** Times for the screen, in the zone of the device. All inputs are ms since 1970. */
const MINUTE = 60000;
const DAY = 24 * 60 * MINUTE;
const two = (number) => String(number).padStart(2, '0');

/** @returns {string} HH:MM */
function hourMinute(at) {
  const time = new Date(at);
  return `${two(time.getHours())}:${two(time.getMinutes())}`;
}

/** @returns {string} 今天, 昨天 or 11月22日 */
function dayName(at, now) {
  const startOf = (ms) => new Date(ms).setHours(0, 0, 0, 0);
  const days = Math.round((startOf(now) - startOf(at)) / DAY);
  if (days === 0) return '今天';
  if (days === 1) return '昨天';
  const time = new Date(at);
  return `${time.getMonth() + 1}月${time.getDate()}日`;
}

/** @returns {string} how long since: 5 分钟, 1 小时 20 分; empty below one minute */
function since(at, now) {
  const minutes = Math.max(0, Math.floor((now - at) / MINUTE));
  if (minutes < 1) return '';
  if (minutes < 60) return `${minutes} 分钟`;
  return `${Math.floor(minutes / 60)} 小时 ${minutes % 60} 分`;
}

module.exports = { dayName, hourMinute, since };
