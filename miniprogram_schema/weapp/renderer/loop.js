/** Reads a `:for`: "(item, i) in list" or "item in list". */
const { isForbidden } = require('./values.js');

const NAME = '[A-Za-z_\\u0080-\\uffff][\\w\\u0080-\\uffff]*';
const FORM = new RegExp(`^\\s*(?:(${NAME})|\\(\\s*(${NAME})\\s*(?:,\\s*(${NAME})\\s*)?\\))\\s+in\\s+([\\s\\S]+)$`);
const TAKEN = new Set(['true', 'false', 'null', 'this']);

const isFree = (name) => !TAKEN.has(name) && !isForbidden(name);

/** @returns {{item: string, index: string, list: string}|null} `index` may be empty */
function readLoop(source) {
  const found = typeof source === 'string' && source.length <= 2100 ? FORM.exec(source) : null;
  if (!found) return null;
  const [, alone, item = alone, index = '', list] = found;
  return isFree(item) && isFree(index) ? { item, index, list } : null;
}

module.exports = { readLoop };
