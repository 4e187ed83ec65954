/**
 * How it went over weeks: a dot for each day and a line for the week's middle, or twelve weeks as
 * lines alone. The same stands in words below, and a screen reader gets those.
 */
const { weeksOf, dayWords } = require('../shared/days.js');
const { faceOf } = require('../shared/faces.js');

const SPANS = [{ weeks: 4, word: '四周' }, { weeks: 12, word: '十二周' }];
/** Weeks that also stand in words under the picture; a screen reader gets all of them. */
const MOST_TOLD = 4;
/** The lowest face stands a little above the ground, the highest a little below the top, in %. */
const LOWEST = 10;
const STEP = 20;
const heightOf = (mean) => LOWEST + STEP * (mean - 1);

function columnOf(week, showsDays) {
  const dots = showsDays ? week.days.map(({ key, mean, face }) => ({ key, face, height: mean ? heightOf(mean) : 0 })) : [];
  const face = week.mean ? faceOf(week.mean) : 0;
  return { key: week.key, dots, face, height: week.mean ? heightOf(week.mean) : 0, words: week.words, count: week.count };
}

Component({
  properties: {
    moods: { type: Array, value: [] },
    today: { type: String, value: '' },
  },
  data: {
    spans: SPANS, weeks: 4, columns: /** @type {any[]} */ ([]), from: '', until: '', words: '', faces: [5, 4, 3, 2, 1],
    told: /** @type {any[]} */ ([]),
  },
  observers: {
    'moods, today, weeks': function renew() {
      this.show();
    },
  },
  methods: {
    show() {
      const { moods, today, weeks } = this.data;
      if (!today) return;
      const all = weeksOf(moods, today, weeks);
      const columns = all.map((week) => columnOf(week, weeks === SPANS[0].weeks));
      const told = [...all].reverse().filter((week) => week.count).map(({ key, words }) => ({ key, words }));
      this.setData({
        columns, told: told.slice(0, MOST_TOLD), from: dayWords(all[0].from), until: '今天',
        words: `最近${weeks}周。${told.map((one) => one.words).join('；') || '还没有记'}。`,
      });
    },

    onSpan(event) {
      this.setData({ weeks: event.currentTarget.dataset.weeks });
    },
  },
});
