/** The no-retell card: what is known already, so that nobody asks the teen to tell it all again. */
const { FEELINGS, NEEDS, TOPICS, levelWord, LEVELS, TYPES, wordsOf } = require('../shared/labels.js');

const ROWS = [
  ['happened', '发生了什么'], ['felt', '心里怎么样'], ['asked', '想要什么'], ['helped', '什么有用'],
];

Component({
  properties: {
    talk: { type: Object, value: null },
  },
  data: { rows: [], quotes: [], feelings: [], needs: [], topics: [], word: '', hint: '', peak: '', types: '' },
  observers: {
    talk(talk) {
      if (!talk) return;
      const card = talk.card || {};
      this.setData({
        rows: ROWS.map(([key, name]) => ({ key, name, text: card[key] || '还不知道' })),
        quotes: card.quotes || [],
        feelings: wordsOf(FEELINGS, talk.feelings),
        needs: wordsOf(NEEDS, talk.needs),
        topics: wordsOf(TOPICS, talk.topics),
        types: wordsOf(TYPES, talk.types).join('、'),
        word: levelWord(talk.level),
        hint: (LEVELS[talk.level] || LEVELS[0]).hint,
        peak: talk.peak > talk.level ? levelWord(talk.peak) : '',
      });
    },
  },
});
