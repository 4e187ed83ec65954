/**
 * What a page hands to a block may come from an expression and so be of any kind. These make it what
 * the block can show, and never throw.
 */
const REFUSED = new Set(['__proto__', 'prototype', 'constructor']);

/** @param {any} value @returns {any[]} */
const listOf = (value) => (Array.isArray(value) ? value : []);

/** @param {any} value @returns {string} text, number or yes and no in words; anything else is nothing */
function wordsOf(value) {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : '';
  if (typeof value === 'boolean') return value ? '是' : '否';
  return '';
}

/** What an object itself holds under 'title' or 'story.title'; undefined where there is no such field. */
function fieldOf(object, path) {
  if (typeof path !== 'string' || !path) return undefined;
  return path.split('.').reduce((inner, name) => {
    const isOwn = inner !== null && typeof inner === 'object' && !REFUSED.has(name) && Object.prototype.hasOwnProperty.call(inner, name);
    return isOwn ? inner[name] : undefined;
  }, object);
}

module.exports = { fieldOf, listOf, wordsOf };
