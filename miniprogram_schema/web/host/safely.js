// A mistake in one life-cycle hook is reported and does not take the whole page down.

/** Calls `target[name]` when it is there; an error goes to the window's error event. */
export function callHook(target, name, ...args) {
  try {
    return target[name]?.(...args);
  } catch (error) {
    reportError(error);
    return undefined;
  }
}
