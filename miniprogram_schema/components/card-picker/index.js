/** Which small exercise goes to the teen as a card; they open it in the talk and say whether it helped. */
const { EXERCISES } = require('../shared/exercises.js');

const WHEN = {
  breath: '心跳快、喘不上气的时候',
  senses: '脑子停不下来、像不在这里的时候',
  cold: '情绪一下子冲上来的时候',
  small: '空空的、动不了的时候',
};
const CHOICES = Object.keys(EXERCISES).map((code) => ({
  code, word: EXERCISES[code].title, hint: WHEN[code],
}));

Component({
  properties: {
    error: { type: String, value: '' },
    busy: { type: Boolean, value: false },
  },
  data: { exercises: CHOICES, exercise: '' },
  methods: {
    onPick(event) {
      this.setData({ exercise: event.currentTarget.dataset.code });
    },
    onSubmit() {
      const { exercise, busy } = this.data;
      if (exercise && !busy) this.triggerEvent('submit', { exercise });
    },
  },
});
