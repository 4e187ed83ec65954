/** Notices to the outside that were given up, as rows: what it was about, who was to hear it, why not. */
const { ALERT_KINDS, LETTER_FAULTS, LETTER_STEPS, levelWord, wordOf } = require('./labels.js');
const { since } = require('./time.js');

/** @param {string} fault a class of faults, or `http_` with the status that the receiver answered */
function faultText(fault) {
  return fault.startsWith('http_') ? `对方没有收下（${fault.slice(5)}）` : wordOf(LETTER_FAULTS, fault);
}

function letterRow(letter, now) {
  const ago = since(letter.dead_at, now);
  return {
    key: letter.key,
    level: letter.level,
    word: levelWord(letter.level),
    kind: wordOf(ALERT_KINDS, letter.kind),
    whom: `要告诉${letter.kind === 'teen' ? 'TA 本人' : wordOf(LETTER_STEPS, letter.step)}`,
    tried: `试了 ${letter.tries} 次，${ago ? `${ago}前` : '刚刚'}停下`,
    fault: faultText(letter.fault),
  };
}

module.exports = { letterRow };
