/**
 * What has to be told to the screen when one tree follows another: for each block that changed, the
 * paths of its data. Blocks are told one by one, so that a letter typed in a field does not send
 * the whole page again.
 */
const { isPlain } = require('./values.js');

const MOST_PATHS = 40;
const MOST_DEPTH = 6;
const SIMPLE = /^[A-Za-z_]\w*$/;

/** Paths below `path` where `after` differs; false where it is simpler to send it whole. */
function paths(path, before, after, found, depth) {
  if (before === after) return true;
  if (Object.keys(found).length >= MOST_PATHS || depth > MOST_DEPTH) return false;
  if (Array.isArray(before) && Array.isArray(after)) return listPaths(path, before, after, found, depth);
  if (isPlain(before) && isPlain(after)) return fieldPaths(path, before, after, found, depth);
  found[path] = after;
  return true;
}

function listPaths(path, before, after, found, depth) {
  if (after.length < before.length || before.length === 0) return false;
  return after.every((item, i) => {
    if (i < before.length) return inside(`${path}[${i}]`, before[i], item, found, depth);
    found[`${path}[${i}]`] = item;
    return Object.keys(found).length < MOST_PATHS;
  });
}

function fieldPaths(path, before, after, found, depth) {
  const names = Object.keys(after);
  if (!names.every((name) => SIMPLE.test(name))) return false;
  if (Object.keys(before).some((name) => !(name in after))) return false;
  return names.every((name) => inside(`${path}.${name}`, before[name], after[name], found, depth));
}

function inside(path, before, after, found, depth) {
  const own = {};
  const fits = paths(path, before, after, own, depth + 1);
  if (fits) Object.assign(found, own);
  else found[path] = after;
  return Object.keys(found).length < MOST_PATHS;
}

/** @returns {{[path: string]: *}} what to set so that `before` becomes `after` */
function changes(path, before, after) {
  const found = {};
  return paths(path, before, after, found, 0) ? found : { [path]: after };
}

function attributeChanges(before, after) {
  const data = {};
  Object.keys(after).forEach((name) => {
    if (before[name] !== after[name]) Object.assign(data, changes(`node.attrs.${name}`, before[name], after[name]));
  });
  return data;
}

class Difference {
  constructor() {
    /** @type {Map<string|null, object>} */
    this.told = new Map();
  }

  set(key, data) {
    if (Object.keys(data).length) this.told.set(key, { ...this.told.get(key), ...data });
  }

  /** Children of one node (`key`), or of the page (null). Another order is told whole, fresh to the leaves. */
  list(key, path, before, after) {
    const isSame = before.length === after.length && before.every((node, i) => node.key === after[i].key);
    if (isSame) before.forEach((node, i) => this.node(node, after[i]));
    else this.set(key, { [path]: after });
  }

  node(before, after) {
    if (before.component !== after.component) {
      this.set(after.key, { node: after });
      return;
    }
    const data = before.attrs === after.attrs ? {} : attributeChanges(before.attrs, after.attrs);
    if (before.hidden !== after.hidden) data['node.hidden'] = after.hidden;
    if (before.id !== after.id) data['node.id'] = after.id;
    this.set(after.key, data);
    this.list(after.key, 'node.items', before.items, after.items);
  }
}

/**
 * @param {object[]} before @param {object[]} after
 * @returns {[string|null, object][]} for each node by its key (null: the page itself, whose children
 *   are `items`) what its setData gets, parents before children
 */
function difference(before, after) {
  const made = new Difference();
  made.list(null, 'items', before, after);
  return [...made.told];
}

module.exports = { changes, difference };
