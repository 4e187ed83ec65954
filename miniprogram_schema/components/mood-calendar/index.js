/** A month of check-ins: each day its face. A day that is tapped is told to the page. */
const { WEEK_DAYS, addMonths, calendarOf, monthWords } = require('../shared/days.js');

Component({
  properties: {
    moods: { type: Array, value: [] },
    today: { type: String, value: '' },
    /** The day that is looked at, '' for none. */
    day: { type: String, value: '' },
  },
  data: { month: '', title: '', weeks: /** @type {any[]} */ ([]), weekDays: WEEK_DAYS, canGoOn: false },
  observers: {
    'moods, today': function renew() {
      this.show(this.data.month || this.data.today.slice(0, 7));
    },
  },
  methods: {
    show(month) {
      const { moods, today } = this.data;
      if (!today) return;
      const weeks = calendarOf(month, moods, today);
      this.setData({ month, weeks, title: monthWords(month), canGoOn: month < today.slice(0, 7) });
    },

    onBack() {
      this.turn(-1);
    },

    onOn() {
      if (this.data.canGoOn) this.turn(1);
    },

    turn(count) {
      const month = addMonths(this.data.month, count);
      this.show(month);
      this.triggerEvent('month', { from: `${month}-01` });
    },

    onDay(event) {
      const { day } = event.currentTarget.dataset;
      this.triggerEvent('day', { day: day === this.data.day ? '' : day });
    },
  },
});
