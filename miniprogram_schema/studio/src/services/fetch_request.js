/** The browser's fetch in the shape of wx.request, so that the mini-program's own services run here. */

/** @param {typeof fetch} fetch @returns {function(object): {abort: function}} */
export function fetchRequest(fetch) {
  return function request({ url, method, data, header, timeout, success, fail }) {
    const controller = new AbortController();
    let reason = 'request:fail';
    const stop = (why) => {
      reason = `request:fail ${why}`;
      controller.abort();
    };
    const timer = setTimeout(() => stop('timeout'), timeout);
    const asked = { method, headers: header, body: JSON.stringify(data), signal: controller.signal };
    answerOf(fetch(url, asked))
      .then(success, () => fail({ errMsg: reason }))
      .finally(() => clearTimeout(timer));
    return { abort: () => stop('abort') };
  };
}

async function answerOf(asked) {
  const answer = await asked;
  const text = await answer.text();
  return { statusCode: answer.status, data: parsed(text), header: Object.fromEntries(answer.headers) };
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
