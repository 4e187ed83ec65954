/** The five faces of a check-in: 1 is the hardest, 5 the best. No face is a better answer. */
const FACES = [
  { face: 1, word: '很难受' },
  { face: 2, word: '不太好' },
  { face: 3, word: '一般' },
  { face: 4, word: '还可以' },
  { face: 5, word: '挺好' },
];

/** @param {number} mean 1–5, may lie between two faces */
const faceOf = (mean) => Math.min(5, Math.max(1, Math.round(mean)));
const faceWord = (mean) => FACES[faceOf(mean) - 1].word;

module.exports = { FACES, faceOf, faceWord };
