/**
 * Days as the teen lives them, 'YYYY-MM-DD' in the zone of the device, and what check-ins say of them.
 * Counted from noon to noon, so that a day of 23 or 25 hours is one day.
 */
const { faceOf, faceWord } = require('./faces.js');

const DAY = 24 * 60 * 60000;
const WEEK_DAYS = ['一', '二', '三', '四', '五', '六', '日'];
const two = (number) => String(number).padStart(2, '0');

/** @param {number} at ms @returns {string} */
function dayOf(at) {
  const time = new Date(at);
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
}

function noonOf(day) {
  const [year, month, date] = day.split('-').map(Number);
  return new Date(year, month - 1, date, 12);
}

const addDays = (day, count) => dayOf(noonOf(day).getTime() + count * DAY);

/** @returns {string} 11月3日 */
function dayWords(day) {
  const [, month, date] = day.split('-').map(Number);
  return `${month}月${date}日`;
}

/** @returns {string} YYYY-MM of the month `count` after that of `month` */
function addMonths(month, count) {
  const [year, number] = month.split('-').map(Number);
  const first = new Date(year, number - 1 + count, 1);
  return `${first.getFullYear()}-${two(first.getMonth() + 1)}`;
}

function monthWords(month) {
  const [year, number] = month.split('-').map(Number);
  return `${year}年${number}月`;
}

/** Check-ins by day: Map day → {day, mean, face, count, feelings}. */
function byDay(moods) {
  const days = new Map();
  moods.forEach(({ day, face, feelings }) => {
    const held = days.get(day) || { day, sum: 0, count: 0, feelings: [] };
    const fresh = feelings.filter((one) => !held.feelings.includes(one));
    days.set(day, {
      day, sum: held.sum + face, count: held.count + 1, feelings: [...held.feelings, ...fresh],
    });
  });
  days.forEach((one, day) => {
    const mean = one.sum / one.count;
    days.set(day, { ...one, mean, face: faceOf(mean) });
  });
  return days;
}

/** The weeks of a month, Monday first; null where a square belongs to another month. */
function calendarOf(month, moods, today) {
  const days = byDay(moods);
  const first = `${month}-01`;
  const lead = (noonOf(first).getDay() + 6) % 7;
  const cells = Array(lead).fill(null);
  for (let day = first; day.startsWith(month); day = addDays(day, 1)) {
    cells.push(cellOf(day, days.get(day), today));
  }
  while (cells.length % 7) cells.push(null);
  const weeks = [];
  for (let i = 0; i < cells.length; i += 7) {
    weeks.push({ key: `${month}-${i}`, cells: cells.slice(i, i + 7).map((cell, j) => cell || { key: `x${i + j}` }) });
  }
  return weeks;
}

function cellOf(day, held, today) {
  const told = held ? `${faceWord(held.mean)}${held.count > 1 ? `，记了 ${held.count} 次` : ''}` : '没有记';
  return {
    key: day,
    day,
    number: Number(day.slice(8)),
    face: held ? held.face : 0,
    isToday: day === today,
    isLater: day > today,
    label: `${dayWords(day)}${day === today ? '，今天' : ''}，${told}`,
  };
}

/**
 * The last `count` weeks up to today, the earliest first. A week is seven days that end on the weekday
 * of today, so that the last one is always whole.
 *
 * @returns {{key: string, from: string, until: string, mean: number, count: number, words: string,
 *   days: {key: string, day: string, face: number, mean: number}[]}[]}
 */
function weeksOf(moods, today, count) {
  const days = byDay(moods);
  return Array.from({ length: count }, (_, i) => {
    const from = addDays(today, -7 * (count - i) + 1);
    const week = Array.from({ length: 7 }, (__, j) => {
      const day = addDays(from, j);
      const held = days.get(day);
      return { key: day, day, face: held ? held.face : 0, mean: held ? held.mean : 0 };
    });
    return weekOf(from, week, moods);
  });
}

function weekOf(from, days, moods) {
  const until = days[6].day;
  const held = days.filter((one) => one.mean);
  const mean = held.length ? held.reduce((sum, one) => sum + one.mean, 0) / held.length : 0;
  const count = moods.filter((mood) => mood.day >= from && mood.day <= until).length;
  const told = held.length ? `记了 ${count} 次，多半是“${faceWord(mean)}”` : '没有记';
  const words = `${dayWords(from)}到${dayWords(until)}，${told}`;
  return { key: from, from, until, mean, count, words, days };
}

module.exports = {
  WEEK_DAYS, addDays, addMonths, byDay, calendarOf, dayOf, dayWords, monthWords, weeksOf,
};
