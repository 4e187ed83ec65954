/** The alerts as rows of a calm list: whose nobody is first, then the reader's own, then the others. */
const { ALERT_KINDS, ALERT_STEPS, levelWord, wordOf } = require('./labels.js');
const { since } = require('./time.js');

const rankOf = ({ owner, mine }) => (owner ? 2 - Number(mine) : 0);

function ownerText({ owner, mine, step, left_by: leftBy }) {
  if (mine) return '你在处理';
  if (owner) return `${owner}在处理`;
  const free = leftBy ? `${leftBy}没能继续，等人接着看` : '还没有人处理';
  return ALERT_STEPS[step] ? `${free}，${ALERT_STEPS[step]}` : free;
}

function rowOf(alert, { now, role, held }) {
  const ago = since(alert.at, now);
  return {
    key: `${alert.conversation}-${alert.id}`,
    conversation: alert.conversation,
    id: alert.id,
    level: alert.level,
    word: levelWord(alert.level),
    kind: wordOf(ALERT_KINDS, alert.kind),
    since: ago ? `${ago}前` : '刚刚',
    owner: ownerText(alert),
    isFree: !alert.owner,
    canClose: (alert.mine && role !== 'listener') || (Boolean(alert.owner) && role === 'supervisor'),
    canOpen: alert.mine || held.includes(alert.conversation),
  };
}

/**
 * @param {object[]} alerts as the server tells them
 * @param {{now: number, role: string, held: string[]}} context `held` are the talks in hand; the talk
 *     of one's own alert may be opened too, whoever holds it
 */
function alertRows(alerts, context) {
  const sorted = [...alerts].sort((one, other) => rankOf(one) - rankOf(other) || one.at - other.at);
  return sorted.map((alert) => rowOf(alert, context));
}

module.exports = { alertRows };
