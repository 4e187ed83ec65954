/** The supervisor's figures as rows of bars. */
const { exerciseTitle } = require('./exercises.js');
const { REASONS } = require('./moderation_words.js');
const { stateOf } = require('./story_words.js');

const DAY = 24 * 60 * 60000;
const HOUR_MINUTES = 60;
const SPANS = [7, 28, 90];
const GIVERS = { ai: 'AI', staff: '真人' };
const ORDER = ['waiting', 'mask_offered', 'change_asked', 'published', 'withheld', 'withdrawn', 'draft'];

const reasonWord = (code) => (REASONS.find((one) => one.code === code) || { word: code }).word;

/** Minutes in words: 45 分钟, 3.5 小时. */
function timeWord(minutes) {
  if (minutes === null || minutes === undefined) return '还没有';
  if (minutes < 1) return '不到 1 分钟';
  if (minutes < HOUR_MINUTES) return `${Math.round(minutes)} 分钟`;
  return `${Math.round((minutes / HOUR_MINUTES) * 10) / 10} 小时`;
}

function storyRows(states) {
  return ORDER.filter((state) => states[state]).map((state) => ({
    word: stateOf(state).word.replace('你', '作者'), n: states[state],
  }));
}

/** Of the cards that were told back, how many helped at least a bit. */
function cardRow({ exercise, by, sent, told, yes, a_bit: aBit }) {
  const helped = told ? `${Math.round((100 * (yes + aBit)) / told)}% 有用` : '还没回音';
  return {
    word: `${exerciseTitle(exercise)} · ${GIVERS[by] || by}`,
    n: sent,
    text: `${sent} 次 · ${helped}`,
  };
}

/** @param {{stories: any, cards: any[]}} figures */
function figuresView({ stories, cards }) {
  const { states = {}, waiting_ages: ages = [], decided = {}, withheld = [], talks_begun: talks = 0 } = stories;
  return {
    states: storyRows(states),
    ages: ages.map(({ hours, n }) => ({ word: `${hours} 小时`, n })),
    withheld: withheld.map(({ reason, n }) => ({ word: reasonWord(reason), n })),
    cards: cards.map(cardRow),
    decided: decided.n || 0,
    median: timeWord(decided.n ? decided.median_minutes : null),
    slow: timeWord(decided.n ? decided.p90_minutes : null),
    talks,
  };
}

/** From when until when, for the last so many days. */
const spanOf = (days, now) => ({ from: now - days * DAY, until: now });

module.exports = { SPANS, figuresView, spanOf, timeWord };
