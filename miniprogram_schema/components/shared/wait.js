/** The words of the wait for a person: place and time, and never more hope than there is. */
const HOUR = 60;

function placeText(position) {
  return position > 1 ? `前面还有 ${position - 1} 位` : '前面没有别人在等';
}

/** Where the server cannot tell a time, we do not either. */
function waitText({ position, minutes }) {
  const place = placeText(position);
  if (minutes === null || minutes === undefined) return place;
  if (minutes > HOUR) return `${place}，可能要 1 小时以上`;
  return `${place}，大约 ${Math.max(1, minutes)} 分钟`;
}

function noteText({ minutes }, peopleOnline, isLater) {
  if (isLater) return '有人更急，先去看 TA。你的位置还在，AI 陪你等';
  if (minutes === null || minutes === undefined) {
    return peopleOnline ? '还说不准要等多久，我会一直陪着' : '真人都不在线，还说不准要等多久，我会一直陪着';
  }
  return '在为你找真人，AI 陪你等';
}

/**
 * @param {{position: number, minutes: number|null}|null} waiting
 * @param {number} peopleOnline
 * @param {boolean} asking the wish is on its way
 * @param {boolean} isLater someone in greater need came before them
 * @returns {{text: string, note: string}}
 */
function waitOf(waiting, peopleOnline, asking, isLater) {
  if (waiting) {
    return { text: waitText(waiting), note: noteText(waiting, peopleOnline, isLater) };
  }
  if (asking) return { text: '正在为你找真人…', note: 'AI 陪你等' };
  const note = peopleOnline ? '现在有真人在线' : '真人都不在线，可以先排着，AI 陪你等';
  return { text: '想和真人说说吗？', note };
}

module.exports = { waitOf };
