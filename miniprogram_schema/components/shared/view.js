/**
 * Turns the messages of a talk into what a list shows, for either reader of it.
 *
 * Item: {key, domId, seq, cid, from, side: self|other|notice, who, ai, text, time, day, card, risk,
 * canCorrect, exercise, state, stateText, canRetry}. `day` is set where a new day or a pause of half an
 * hour begins. `exercise` is null or {code, title, hint, helped (words, '' while nothing was said), mine}.
 */
const { EXERCISES, HELPED, exerciseTitle } = require('./exercises.js');
const { dayName, hourMinute } = require('./time.js');

const PAUSE = 30 * 60000;
const CARD_NOTE = '给同学看了安全卡';
const NAMES = { ai: '暖心喵', listener: '暖心师', counsellor: '咨询师', teen: '同学' };

function dayLine(at, before, now) {
  const day = dayName(at, now);
  const isNewDay = dayName(before || now, now) !== day;
  if (!isNewDay && (!before || at - before < PAUSE)) return '';
  return `${day} ${hourMinute(at)}`;
}

function sideOf(message, viewer) {
  if (message.kind === 'safety_card') return viewer === 'teen' ? 'other' : 'notice';
  if (message.from === 'system' || message.kind === 'notice') return 'notice';
  const isTeens = message.from === 'teen';
  return isTeens === (viewer === 'teen') ? 'self' : 'other';
}

function whoOf(message, { viewer, names }) {
  if (message.from === 'teen') return viewer === 'teen' ? '' : NAMES.teen;
  const own = message.from !== 'ai' && names && names[message.from];
  return own ? `${NAMES[message.from]} ${own}` : NAMES[message.from] || '';
}

/** A small exercise that came with the message; `mine` where this reader may open it. */
function exerciseOf({ seq, exercise, helped }, { viewer, helpedOf }) {
  if (!EXERCISES[exercise]) return null;
  const answer = (helpedOf && helpedOf(seq)) || helped;
  const { hint } = EXERCISES[exercise];
  return { code: exercise, title: exerciseTitle(exercise), hint, helped: HELPED[answer] || '', mine: viewer === 'teen' };
}

function itemOf(message, before, context) {
  const isCard = message.kind === 'safety_card';
  return {
    key: message.cid || `s${message.seq}`,
    domId: `message-${message.seq}`,
    seq: message.seq,
    cid: message.cid,
    from: message.from,
    side: sideOf(message, context.viewer),
    who: whoOf(message, context),
    ai: message.from === 'ai',
    text: isCard && context.viewer !== 'teen' ? CARD_NOTE : message.text,
    time: hourMinute(message.at),
    day: dayLine(message.at, before && before.at, context.now),
    card: isCard && context.viewer === 'teen',
    risk: message.risk && message.risk.level > 0 ? message.risk : null,
    canCorrect: context.viewer === 'staff' && message.from === 'teen',
    exercise: exerciseOf(message, context),
  };
}

const STATE_TEXTS = { sending: '正在发…', waiting: '还没发出去，会自动再发' };

/** A text that waits behind one that does not get through is not on its way either. */
const isStuck = (entry) => entry.tries > 1 || (entry.tries > 0 && entry.state === 'waiting');

function itemOfPending(entry, context) {
  const from = context.viewer === 'teen' ? 'teen' : context.role;
  const message = { cid: entry.cid, from, kind: 'text', text: entry.text, at: entry.at };
  const tried = entry.tries > 0;
  const failed = entry.state === 'failed';
  const isFirstTry = entry.state === 'sending' && entry.tries <= 1;
  const isUnderWay = isFirstTry || (!tried && !context.isStuck);
  const progress = isUnderWay ? 'sending' : 'waiting';
  return {
    ...itemOf(message, { at: entry.at }, context),
    key: entry.cid,
    domId: `unsent-${entry.cid}`,
    seq: 0,
    day: '',
    side: 'self',
    state: failed ? 'failed' : progress,
    stateText: failed ? `没有发出去：${entry.why}` : STATE_TEXTS[progress],
    canRetry: failed || (tried && entry.state === 'waiting'),
  };
}

/**
 * @param {object[]} messages held, oldest first
 * @param {object[]} pending entries of the outbox
 * @param {{viewer: string, role?: string, names?: object, now: number, before?: object,
 *   helpedOf?: (seq: number) => string}} context viewer 'teen' or 'staff'; `before` is the message that
 *   stands above the first; `helpedOf` is what was said of an exercise and not heard yet
 */
function itemsOf(messages, pending, context) {
  const held = messages.map((message, i) => itemOf(message, messages[i - 1] || context.before, context));
  const cids = new Set(messages.map((message) => message.cid));
  const unsent = pending.filter((entry) => !cids.has(entry.cid));
  const inQueue = { ...context, isStuck: unsent.some(isStuck) };
  return held.concat(unsent.map((entry) => itemOfPending(entry, inQueue)));
}

module.exports = { itemsOf };
