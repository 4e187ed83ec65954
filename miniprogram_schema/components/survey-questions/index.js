/**
 * Questions from 1 to 5, or with a choice of words. They stay on this device: the block tells the page
 * what was answered, and the page decides what follows. Each question may be left out.
 */
const { optionsOf } = require('../shared/options.js');

const SCALE = [1, 2, 3, 4, 5];

/** Questions that can be asked, with what is to be chosen from. */
function askable(questions) {
  return (Array.isArray(questions) ? questions : [])
    .filter((one) => one && one.name && one.ask)
    .map((one) => (one.type === 'choice' ? choiceOf(one) : scaleOf(one)))
    .filter(({ options }) => options.length > 1);
}

function scaleOf({ name, ask, low, high }) {
  const options = SCALE.map((value) => ({ value, word: String(value), told: `${value}，五格里的第 ${value} 格` }));
  return { name, ask, isScale: true, low: low || '', high: high || '', options };
}

function choiceOf({ name, ask, options }) {
  const words = optionsOf(options);
  return { name, ask, isScale: false, low: '', high: '', options: words.map((word) => ({ value: word, word, told: word })) };
}

Component({
  properties: {
    title: { type: String, value: '' },
    questions: { type: Array, value: [] },
    submitText: { type: String, value: '就这样' },
    thanksText: { type: String, value: '谢谢你，答完了。' },
  },
  data: { asked: /** @type {any[]} */ ([]), answers: /** @type {any} */ ({}), answered: 0, finished: false },
  observers: {
    questions(questions) {
      this.setData({ asked: askable(questions), answers: {}, answered: 0, finished: false });
    },
  },
  methods: {
    onChoose(event) {
      const { name, value } = event.currentTarget.dataset;
      const { [name]: before, ...others } = this.data.answers;
      const answers = before === value ? others : { ...others, [name]: value };
      this.setData({ answers, answered: Object.keys(answers).length });
    },

    onSubmit() {
      const { answers, answered } = this.data;
      if (!answered) return;
      const scales = this.data.asked.filter((one) => one.isScale && one.name in answers);
      const sum = scales.reduce((total, one) => total + answers[one.name], 0);
      this.setData({ finished: true });
      this.triggerEvent('result', { answers, sum, mean: scales.length ? sum / scales.length : 0 });
    },

    onAgain() {
      this.setData({ answers: {}, answered: 0, finished: false });
    },
  },
});
