/**
 * Calls an action of the server: `POST /api/<action>`, JSON both ways.
 *
 * Whatever goes wrong arrives as one ApiError {code, message, hint, status, retryAfter}. `message` is
 * Chinese for the person at the screen; `hint` ends with the hotlines. The codes of the server are
 * listed in cloudfunctions/README.md; this side adds `offline`, `timeout`, `aborted` and `interrupted`
 * (WeChat cuts requests off some seconds after the mini-program went to the background).
 */
const DEFAULT_TIMEOUT = 15000;
const HOTLINES = '如果很急：12356 · 12355 · 110 · 120';

const LOCAL_ERRORS = {
  offline: '网络连不上，正在重新连接。',
  timeout: '网络有点慢，正在再试一次。',
  aborted: '已经停下。',
  interrupted: '刚才切到了后台，正在接着连。',
  internal: '服务器没有听清，我们再试一次。',
};

class ApiError extends Error {
  /** @param {{code: string, message?: string, hint?: string, status?: number, retryAfter?: number}} told */
  constructor({ code, message, hint, status = 0, retryAfter = 0 }) {
    super(message || LOCAL_ERRORS[code] || LOCAL_ERRORS.internal);
    this.name = 'ApiError';
    this.code = code;
    this.hint = hint || HOTLINES;
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

function errorOfFailure(failure) {
  const reason = String((failure && failure.errMsg) || '');
  if (reason.includes('abort')) return new ApiError({ code: 'aborted' });
  if (reason.includes('interrupted')) return new ApiError({ code: 'interrupted' });
  return new ApiError({ code: reason.includes('timeout') ? 'timeout' : 'offline' });
}

function headerOf(headers, name) {
  const found = Object.keys(headers || {}).find((key) => key.toLowerCase() === name);
  return found ? headers[found] : undefined;
}

function errorOfAnswer({ statusCode, data, header }) {
  const told = (data && data.error) || {};
  return new ApiError({
    code: told.code || (statusCode >= 500 ? 'unavailable' : 'internal'),
    message: told.message,
    hint: told.hint,
    status: statusCode,
    retryAfter: (Number(headerOf(header, 'retry-after')) || 0) * 1000,
  });
}

/**
 * The bare wire, without identity.
 *
 * @param {{request: function(object): object, base: string}} parts `request` is wx.request
 * @returns {function(string, object, {token?: string, timeout?: number, onTask?: function}=): Promise<object>}
 */
function createWire({ request, base }) {
  return function post(action, body, { token, timeout = DEFAULT_TIMEOUT, onTask } = {}) {
    return new Promise((resolve, reject) => {
      const header = { 'content-type': 'application/json' };
      if (token) header.Authorization = `Bearer ${token}`;
      const task = request({
        url: `${base}/api/${action}`,
        method: 'POST',
        data: body,
        header,
        timeout,
        success: (answer) => {
          const good = answer.statusCode === 200 && answer.data && answer.data.data;
          if (good) resolve(answer.data.data);
          else reject(errorOfAnswer(answer));
        },
        fail: (failure) => reject(errorOfFailure(failure)),
      });
      if (onTask && task) onTask(task);
    });
  };
}

/**
 * The wire with an identity: signs in when needed, and once more when the token is refused.
 *
 * @param {{post: function, session: {token: function, renew: function}}} parts
 * @returns {function(string, object, object=): Promise<object>}
 */
function createCall({ post, session }) {
  return async function call(action, body, options) {
    const token = await session.token();
    try {
      return await post(action, body, { ...options, token });
    } catch (error) {
      if (error.code !== 'unauthenticated') throw error;
      const renewed = await session.renew(token);
      return post(action, body, { ...options, token: renewed });
    }
  };
}

module.exports = { ApiError, createWire, createCall };
