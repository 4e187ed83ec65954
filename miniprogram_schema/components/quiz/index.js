/**
 * A few questions with an explanation each. A wrong answer gets kind words and the reason at once; at the
 * end it says how many were known, without marks or ranks, and one may begin again.
 */
const { optionsOf } = require('../shared/options.js');

const KIND = ['差一点，看看为什么。', '很多人也会这样想。', '没关系，现在知道了。'];
const RIGHT = ['对了。', '就是它。', '你知道得真清楚。'];

/** Questions that can be asked: with two options or more, one of them right. */
function askable(questions) {
  return (Array.isArray(questions) ? questions : [])
    .map((one) => ({ ...one, words: optionsOf(one && one.options) }))
    .filter(({ ask, words, right }) => ask && words.length > 1 && right >= 1 && right <= words.length);
}

/** One question as it is drawn; `chosen` is 0 until it is answered. */
function viewOf(question, index, total, chosen) {
  const isRight = chosen === question.right;
  const words = isRight ? RIGHT : KIND;
  return {
    ask: question.ask,
    place: `第 ${index + 1} 题，共 ${total} 题`,
    why: question.why || '',
    chosen,
    verdict: chosen ? words[index % words.length] : '',
    isRight,
    options: question.words.map((word, i) => optionOf(word, i + 1, question.right, chosen)),
    isLast: index === total - 1,
  };
}

function optionOf(word, value, right, chosen) {
  if (!chosen) return { word, value, mark: '', told: word };
  if (value === right) return { word, value, mark: 'right', told: `${word}，正确的答案` };
  const isChosen = value === chosen;
  return { word, value, mark: isChosen ? 'other' : '', told: isChosen ? `${word}，你选的` : word };
}

Component({
  properties: {
    title: { type: String, value: '' },
    questions: { type: Array, value: [] },
    resultText: { type: String, value: '谢谢你看到这里。' },
    againText: { type: String, value: '再玩一次' },
  },
  data: { view: /** @type {any} */ (null), total: 0, known: 0, finished: false },
  observers: {
    questions(questions) {
      this.asked = askable(questions);
      this.begin();
    },
  },
  methods: {
    begin() {
      this.index = 0;
      this.known = 0;
      this.setData({ finished: false, total: this.asked.length, known: 0 });
      this.show(0);
    },

    show(chosen) {
      const question = this.asked[this.index];
      this.setData({ view: question ? viewOf(question, this.index, this.asked.length, chosen) : null });
    },

    onChoose(event) {
      if (this.data.view.chosen) return;
      const { value } = event.currentTarget.dataset;
      if (value === this.asked[this.index].right) this.known += 1;
      this.show(value);
    },

    onNext() {
      this.index += 1;
      if (this.index < this.asked.length) {
        this.show(0);
        return;
      }
      this.setData({ finished: true, known: this.known });
      this.triggerEvent('finish', { known: this.known, total: this.asked.length });
    },

    onAgain() {
      this.begin();
    },
  },
});
