/**
 * Small key-value storage that never throws.
 *
 * A phone may refuse storage (private mode, full disk). A child must be able to talk all the same,
 * so whatever cannot be written is kept in memory for as long as the mini-program lives.
 *
 * @param {object} wx the mini-program interface (getStorageSync, setStorageSync, removeStorageSync)
 * @returns {{get: function(string): *, set: function(string, *): void, remove: function(string): void}}
 */
function createStore(wx) {
  const memory = new Map();
  return {
    get(key) {
      if (memory.has(key)) return memory.get(key);
      try {
        const value = wx.getStorageSync(key);
        return value === '' ? undefined : value;
      } catch (error) {
        return undefined;
      }
    },
    set(key, value) {
      try {
        wx.setStorageSync(key, value);
        memory.delete(key);
      } catch (error) {
        memory.set(key, value);
      }
    },
    remove(key) {
      memory.delete(key);
      try {
        wx.removeStorageSync(key);
      } catch (error) {
        // Nothing was stored, so nothing is left behind.
      }
    },
  };
}

module.exports = { createStore };
