// wx storage over localStorage. A browser may forbid it (private windows, blocked cookies); then
// values live as long as the page, which is better than an error in front of a child.

import { api } from './promise.js';

const PREFIX = 'wx:';
const memory = new Map();

function box() {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

export function getStorageSync(key) {
  const text = memory.get(key) ?? box()?.getItem(PREFIX + key) ?? null;
  try {
    return text === null ? '' : JSON.parse(text);
  } catch {
    return '';
  }
}

export function setStorageSync(key, value) {
  const text = JSON.stringify(value ?? null);
  try {
    const store = box();
    if (!store) throw new Error('no storage');
    store.setItem(PREFIX + key, text);
    memory.delete(key);
  } catch {
    memory.set(key, text);
  }
}

export function removeStorageSync(key) {
  memory.delete(key);
  box()?.removeItem(PREFIX + key);
}

export function clearStorageSync() {
  getStorageInfoSync().keys.forEach(removeStorageSync);
}

export function getStorageInfoSync() {
  const stored = Object.keys(box() ?? {}).filter((key) => key.startsWith(PREFIX));
  const keys = [...new Set([...stored.map((key) => key.slice(PREFIX.length)), ...memory.keys()])];
  return { keys, currentSize: 0, limitSize: 10240 };
}

export const getStorage = api('getStorage', ({ key }) => {
  if (!getStorageInfoSync().keys.includes(key)) throw new Error('data not found');
  return { data: getStorageSync(key) };
});
export const setStorage = api('setStorage', ({ key, data }) => setStorageSync(key, data));
export const removeStorage = api('removeStorage', ({ key }) => removeStorageSync(key));
export const clearStorage = api('clearStorage', clearStorageSync);
