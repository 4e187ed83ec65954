/**
 * Parts of a story that are not shown to readers. Spans are half open and count code points, as the
 * server does, so that an emoji never shifts one.
 */
const MASK = '〔已隐去〕';
const LONGEST_SENTENCE = 40;
const ENDS = new Set(['。', '！', '？', '!', '?', '；', '…', '\n']);

/** Sorted, and those that overlap or touch as one. @param {{start: number, end: number}[]} spans */
function merged(spans) {
  const sorted = spans.map(({ start, end }) => ({ start, end })).sort((a, b) => a.start - b.start);
  return sorted.reduce((found, span) => {
    const last = found[found.length - 1];
    if (!last || span.start > last.end) return [...found, span];
    last.end = Math.max(last.end, span.end);
    return found;
  }, []);
}

/** The text as readers would see it. */
function masked(text, spans) {
  const points = Array.from(text);
  let at = 0;
  const parts = merged(spans).map(({ start, end }) => {
    const before = points.slice(at, start).join('');
    at = end;
    return before + MASK;
  });
  return parts.join('') + points.slice(at).join('');
}

/** Takes one span out of the masks: those it touches are cut, and what is left of them stays. */
function without(spans, { start, end }) {
  return merged(spans).flatMap((span) => [
    { start: span.start, end: Math.min(span.end, start) },
    { start: Math.max(span.start, end), end: span.end },
  ]).filter((span) => span.start < span.end);
}

const covers = (span, at) => span.start <= at && at < span.end;
const isWhole = (spans, { start, end }) => (
  merged(spans).some((span) => span.start <= start && end <= span.end)
);

/** Cuts at the end of sentences and lines, so that a part can be opened character by character. */
function sentences(points) {
  const found = [];
  let start = 0;
  points.forEach((point, i) => {
    const isLast = i + 1 === points.length;
    if (!isLast && !ENDS.has(point) && i + 1 - start < LONGEST_SENTENCE) return;
    found.push({ start, end: i + 1 });
    start = i + 1;
  });
  return found;
}

/** Marks of personal data come before marks of risk where both lie on one place. */
function markAt(marks, at) {
  const here = marks.filter((mark) => covers(mark, at));
  return here.find(({ kind }) => kind !== 'risk') || here[0] || null;
}

/**
 * A text cut for the moderator: pieces that are marked alike and masked alike.
 *
 * @param {string} text
 * @param {{start: number, end: number, kind: string}[]} marks
 * @param {{start: number, end: number}[]} masks
 * @returns {{start: number, end: number, text: string, mark: object|null, isMasked: boolean, sentence: number}[]}
 */
function piecesOf(text, marks, masks) {
  const points = Array.from(text);
  const pieces = [];
  sentences(points).forEach(({ start, end }, sentence) => {
    for (let i = start; i < end; i += 1) {
      const mark = markAt(marks, i);
      const isMasked = masks.some((span) => covers(span, i));
      const last = pieces[pieces.length - 1];
      const isSame = last && last.sentence === sentence && last.mark === mark && last.isMasked === isMasked;
      if (isSame) Object.assign(last, { end: i + 1, text: last.text + points[i] });
      else pieces.push({ start: i, end: i + 1, text: points[i], mark, isMasked, sentence });
    }
  });
  return pieces;
}

module.exports = { MASK, isWhole, masked, merged, piecesOf, sentences, without };
