/** The Chinese words for the feelings of nlp/labels.py, for teens and staff alike. */
const FEELINGS = {
  sad: '难过', anxious: '焦虑', angry: '生气', lonely: '孤单', ashamed: '羞愧', afraid: '害怕',
  hopeless: '没有希望', tired: '累', wronged: '委屈', guilty: '内疚', numb: '麻木', confused: '迷茫',
  calm: '平静', happy: '开心',
};

const MOST_FEELINGS = 5;

const feelingWords = (codes) => (codes || []).map((code) => FEELINGS[code] || code);
const FEELING_CHOICES = Object.keys(FEELINGS).map((code) => ({ code, word: FEELINGS[code] }));

module.exports = { FEELINGS, FEELING_CHOICES, MOST_FEELINGS, feelingWords };
