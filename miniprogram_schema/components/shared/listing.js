/** What a list shows of each item, and which face of the list is on screen. */
const { dayName, hourMinute } = require('./time.js');
const { fieldOf, listOf, wordsOf } = require('./plain.js');

/** A number is a time in ms since 1970; words stay as they are. */
function timeWords(value, now) {
  if (typeof value !== 'number' || !Number.isFinite(value)) return wordsOf(value);
  const day = dayName(value, now);
  return day === '今天' ? `今天 ${hourMinute(value)}` : day;
}

function rowOf(item, index, fields, now) {
  const isPlain = item === null || typeof item !== 'object';
  const words = (field) => wordsOf(fieldOf(item, field));
  return {
    index,
    name: words(fields.key),
    title: isPlain ? wordsOf(item) : words(fields.title),
    text: words(fields.text),
    note: words(fields.note),
    time: timeWords(fieldOf(item, fields.time), now),
  };
}

/**
 * @param {any} items @param {{title: string, text: string, note: string, time: string, key: string}} fields
 * @returns {{index: number, key: string, title: string, text: string, note: string, time: string}[]}
 *   rows whose keys are all different, as the screen needs them to move a row and not redraw it
 */
function rowsOf(items, fields, now) {
  const seen = new Set();
  return listOf(items).map((item, index) => {
    const { name, ...row } = rowOf(item, index, fields, now);
    const key = name && !seen.has(name) ? name : `#${index}`;
    seen.add(key);
    return { ...row, key };
  });
}

/**
 * Items that are there stay on screen whatever becomes of the next reading of them.
 *
 * @param {string} state idle, loading, ready or failed @param {number} count of items
 * @returns {{face: 'rows'|'loading'|'empty'|'failed'|'none', isStale: boolean}} `isStale` when rows are
 *   shown although the last reading failed
 */
function faceOf(state, count) {
  if (count) return { face: 'rows', isStale: state === 'failed' };
  const faces = /** @type {const} */ ({ idle: 'none', loading: 'loading', failed: 'failed' });
  return { face: faces[state] || 'empty', isStale: false };
}

module.exports = { faceOf, rowsOf, timeWords };
