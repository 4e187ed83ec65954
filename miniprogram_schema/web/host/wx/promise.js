// WeChat's calling habit: an object with success, fail and complete; a promise when none is given.

/**
 * @param {string} name of the API, for errMsg
 * @param {function(object): (object|undefined|Promise)} action throws or rejects with an Error
 */
export function api(name, action) {
  return (options = {}) => {
    const { success, fail, complete } = options;
    const work = Promise.resolve().then(() => action(options));
    const outcome = work.then(
      (result) => ({ errMsg: `${name}:ok`, ...result }),
      (error) => {
        throw failure(name, error);
      },
    );
    if (!success && !fail && !complete) return outcome;
    outcome.then(
      (result) => {
        success?.(result);
        complete?.(result);
      },
      (error) => {
        fail?.(error);
        complete?.(error);
      },
    );
    return undefined;
  };
}

function failure(name, error) {
  const reason = String(error?.message ?? error);
  const told = reason.startsWith(`${name}:`) ? reason : `${name}:fail ${reason}`;
  return Object.assign(new Error(told), { errMsg: told });
}

/** A pair of on… and off… for a list of listeners, and a function that calls them all. */
export function channel() {
  const listeners = new Set();
  return {
    on: (listener) => {
      listeners.add(listener);
    },
    off: (listener) => (listener ? listeners.delete(listener) : listeners.clear()),
    emit: (value) => [...listeners].forEach((listener) => listener(value)),
  };
}
