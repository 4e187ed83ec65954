/**
 * A text as short lines, one breath each: at the end of a sentence, and in a long one at a comma. No
 * sign is lost, so the lines together are the text.
 */
const SENTENCE = /[^。！？!?；;\n]+[。！？!?；;…]*[”’」』）)]*|[。！？!?；;…]+/g;
const CLAUSE = /[^，、,：:]+[，、,：:]*|[，、,：:]+/g;
const BREATH = 26;

const lengthOf = (text) => Array.from(text).length;

/** Clauses put together while they fit into a breath. */
function breaths(sentence) {
  if (lengthOf(sentence) <= BREATH) return [sentence];
  return (sentence.match(CLAUSE) || []).reduce((lines, clause) => {
    const last = lines[lines.length - 1];
    const fits = last !== undefined && lengthOf(last + clause) <= BREATH;
    return fits ? [...lines.slice(0, -1), last + clause] : [...lines, clause];
  }, /** @type {string[]} */ ([]));
}

/** @param {string} text @returns {{key: number, text: string, begins: boolean}[]} `begins`: a paragraph */
function linesOf(text) {
  const paragraphs = String(text || '').split('\n').map((one) => one.trim()).filter(Boolean);
  const lines = paragraphs.flatMap((paragraph) => (
    (paragraph.match(SENTENCE) || []).flatMap(breaths).map((one, i) => ({ text: one.trim(), begins: i === 0 }))
  ));
  return lines.filter((one) => one.text).map((one, key) => ({ key, ...one }));
}

/** Ms in which a line is read at an easy pace, for stepping without a voice. */
const paceOf = (line) => 900 + lengthOf(line) * 260;

module.exports = { linesOf, paceOf };
