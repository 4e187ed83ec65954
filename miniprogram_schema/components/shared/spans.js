/**
 * Cuts a text into pieces at the spans the reader gave as reasons, for marking on the desk.
 *
 * Spans may overlap and may come from a model that counts in code points (Python does), so the text
 * is cut by code points: an emoji never shifts a mark.
 *
 * @param {string} text
 * @param {{start: number, end: number}[]} spans half open, in code points
 * @returns {{text: string, marked: boolean}[]} pieces that together are the text
 */
function cut(text, spans) {
  const points = Array.from(text);
  const marked = new Array(points.length).fill(false);
  (spans || []).forEach(({ start, end }) => {
    for (let i = Math.max(0, start); i < Math.min(end, points.length); i += 1) marked[i] = true;
  });
  const pieces = [];
  points.forEach((point, i) => {
    const last = pieces[pieces.length - 1];
    if (last && last.marked === marked[i]) last.text += point;
    else pieces.push({ text: point, marked: marked[i] });
  });
  return pieces;
}

const MOST = 4;
const LEAST_WEIGHT = 0.3;

/**
 * The few reasons worth showing: what rules found before what the model weighed, heaviest first,
 * and nothing that lies inside a span already told. Weights of the model below 0.3 (log-odds) carry
 * too little to be argued with.
 *
 * @param {{start: number, end: number, source: string, weight: number}[]} reasons
 */
function worthTelling(reasons) {
  const isRule = ({ source }) => source === 'rule';
  const telling = (reasons || []).filter((reason) => isRule(reason) || reason.weight >= LEAST_WEIGHT);
  telling.sort((one, other) => Number(isRule(other)) - Number(isRule(one)) || other.weight - one.weight);
  const isInside = (reason, told) => reason.start >= told.start && reason.end <= told.end;
  return telling.reduce((told, reason) => (
    told.length === MOST || told.some((one) => isInside(reason, one)) ? told : [...told, reason]
  ), []);
}

module.exports = { cut, worthTelling };
