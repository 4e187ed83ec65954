/**
 * A fresh code of `wx.login`, which the server has WeChat tell who stands behind.
 *
 * '' where there is no WeChat (a browser) or it does not answer: whoever asks knows another door.
 */
const PATIENCE = 2000;

/**
 * @param {any} wx
 * @param {{later: function(function(): void, number): *, cancel: function(*): void}} clock
 * @returns {Promise<string>}
 */
function loginCode(wx, clock) {
  return new Promise((resolve) => {
    if (typeof wx.login !== 'function') {
      resolve('');
      return;
    }
    const timer = clock.later(() => resolve(''), PATIENCE);
    const end = (code) => {
      clock.cancel(timer);
      resolve(code);
    };
    wx.login({ success: ({ code }) => end(code || ''), fail: () => end('') });
  });
}

module.exports = { loginCode };
