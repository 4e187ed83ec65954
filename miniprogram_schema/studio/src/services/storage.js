/** localStorage as the mini-program's storage in this browser has it: one session for desk and studio. */
const PREFIX = 'wx:';

/** @param {Storage} storage */
export function browserStorage(storage) {
  return {
    getStorageSync(key) {
      const text = storage.getItem(PREFIX + key);
      return text === null ? '' : JSON.parse(text);
    },
    setStorageSync: (key, value) => storage.setItem(PREFIX + key, JSON.stringify(value ?? null)),
    removeStorageSync: (key) => storage.removeItem(PREFIX + key),
  };
}
