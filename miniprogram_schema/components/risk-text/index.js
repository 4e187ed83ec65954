/**
 * A teen's message for staff: the words that carried the reading are marked, and the reasons are
 * told in plain words. Text is always shown as text, never as markup.
 */
const { levelWord, RULES, TYPES, wordOf, wordsOf } = require('../shared/labels.js');
const { cut, worthTelling } = require('../shared/spans.js');

/** A rule is told by what it looks for, a word of the model by its weight. */
function howOf({ source, name, weight }) {
  return source === 'rule' ? wordOf(RULES, name) : `模型 ${weight.toFixed(1)}`;
}

/** One line a reason: the words that were found, and how they were read. */
function linesOf(text, reasons) {
  const points = Array.from(text);
  return reasons.map((reason) => ({
    words: points.slice(reason.start, reason.end).join(''),
    how: howOf(reason),
  }));
}

Component({
  properties: {
    text: { type: String, value: '' },
    risk: { type: Object, value: null },
  },
  data: { pieces: [], reasons: [], word: '', types: '' },
  observers: {
    'text, risk': function show(text, risk) {
      const { level = 0, types = [] } = risk || {};
      const reasons = worthTelling(risk && risk.reasons);
      this.setData({
        pieces: cut(text, reasons),
        reasons: linesOf(text, reasons),
        word: levelWord(level),
        types: wordsOf(TYPES, types).join('、'),
      });
    },
  },
});
