/** The moods of the last four weeks that a teen shares: a face a day and feelings, never the words. */
const { addDays, dayOf } = require('../shared/days.js');
const { faceOf, faceWord } = require('../shared/faces.js');
const { FEELINGS } = require('../shared/feelings.js');

const DAYS = 28;
const MOST_FEELINGS = 4;
const LOW = 2;

/** The last four weeks, oldest first; days without a mood stay empty. */
function stripOf(days, now) {
  const byDay = new Map(days.map((one) => [one.day, one]));
  return Array.from({ length: DAYS }, (_, i) => {
    const day = addDays(dayOf(now), i - DAYS + 1);
    const held = byDay.get(day);
    return { day, face: held ? faceOf(held.face) : 0, height: held ? Math.round(held.face * 20) : 0 };
  });
}

/** What was felt most often, in words. */
function feelingsOf(days) {
  const counts = new Map();
  days.forEach(({ feelings }) => feelings.forEach((code) => counts.set(code, (counts.get(code) || 0) + 1)));
  const most = [...counts].sort((one, other) => other[1] - one[1]).slice(0, MOST_FEELINGS);
  return most.map(([code, n]) => `${FEELINGS[code] || code} ${n}`).join(' · ');
}

function toldOf(days) {
  const low = days.filter(({ face }) => face <= LOW).length;
  const last = days[days.length - 1];
  return `四周里记了 ${days.length} 天，${low} 天难受；最近一次：${faceWord(last.face)}`;
}

Component({
  properties: {
    /** [{day, face: 1–5, feelings: [code]}] */
    days: { type: Array, value: [] },
    now: { type: Number, value: 0 },
  },
  data: { bars: [], told: '', feelings: '' },
  observers: {
    'days, now': function show(days, now) {
      if (!days.length) return;
      const sorted = [...days].sort((one, other) => (one.day < other.day ? -1 : 1));
      this.setData({
        bars: stripOf(sorted, now || Date.now()), told: toldOf(sorted), feelings: feelingsOf(sorted),
      });
    },
  },
});
