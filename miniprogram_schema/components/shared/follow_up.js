/**
 * When somebody looks after a teen again. The latest day by risk is the server's own rule
 * (cloudfunctions/chat/closing.py); it is repeated here only so that the form says it beforehand.
 */
const LATEST = { C: 14, D: 7, E: 3 };
const DAYS = [
  { days: 0, word: '今天' }, { days: 1, word: '明天' }, { days: 2, word: '2 天后' }, { days: 3, word: '3 天后' },
  { days: 7, word: '一周后' }, { days: 14, word: '两周后' }, { days: 30, word: '一个月后' },
];

/** @returns {number|null} within how many days; null where a follow-up is not a duty */
const latestFor = (risk) => LATEST[risk] || null;

/** The days that may be chosen for this risk. */
function daysFor(risk) {
  const latest = latestFor(risk);
  return latest ? DAYS.filter(({ days }) => days <= latest) : DAYS;
}

/** Whether a form with this risk and this choice (null for none) may be sent. */
function isPlanned(risk, days) {
  const latest = latestFor(risk);
  if (!risk) return false;
  return latest === null || (days !== null && days <= latest);
}

const daysTo = (at, now) => {
  const startOf = (ms) => new Date(ms).setHours(0, 0, 0, 0);
  return Math.round((startOf(at) - startOf(now)) / 86400000);
};

/** @returns {string} late | today | later: by the day, so that what is due today is not late at noon */
function dueGroup(dueAt, now) {
  const days = daysTo(dueAt, now);
  if (days === 0) return 'today';
  return days < 0 ? 'late' : 'later';
}

/** @returns {{text: string, isLate: boolean}} the day a follow-up is due, as told on the desk */
function dueDay(dueAt, now) {
  const days = daysTo(dueAt, now);
  if (days < 0) return { text: `过了 ${-days} 天`, isLate: true };
  if (days === 0) return { text: '今天', isLate: false };
  return { text: days === 1 ? '明天' : `${days} 天后`, isLate: false };
}

module.exports = { daysFor, dueDay, dueGroup, isPlanned, latestFor };
