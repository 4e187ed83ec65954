/**
 * Turns a page and what is known at the moment into the tree that is drawn. Pure: the same page and
 * scope give the same tree.
 *
 * Node: {key, id, component, attrs, hidden, items, rev}. `component` is the block's folder, `attrs` holds a
 * value for each property it has, `key` is the id and, inside a `:for`, the keys of the items. What
 * `:if` leaves out keeps its place as a node of component '', and a `:for` is one node of component
 * 'each' around its copies: so what appears and goes changes one node, never its neighbours. `rev` counts the changes of a node while
 * the page is open; here it is 0.
 *
 * Promise: never throws, whatever the page holds. A node that cannot be drawn leaves a gap and the
 * rest stands. Too deep, too many and round references end at the limits.
 */
const { attributesOf, valueOf } = require('./attributes.js');
const { readLoop } = require('./loop.js');
const { scopeOf } = require('./scope.js');
const { isOwn, toText } = require('./values.js');

const MOST_NODES = 3000;
const MOST_DEPTH = 20;
const MOST_FAULTS = 50;
const UNSAFE = /[^\w一-鿿-]/g;

/** `mood-picker` of `MoodPicker`. */
const folderOf = (component) => component.replace(/(?!^)([A-Z])/g, '-$1').toLowerCase();

/** @type {Map<string, string>} */
const folders = new Map();

/** The same, worked out once for each name that is a block's. */
function knownFolderOf(component, blocks) {
  if (typeof component !== 'string') return '';
  const known = folders.get(component);
  if (known && isOwn(blocks, known)) return known;
  const folder = folderOf(component);
  if (isOwn(blocks, folder)) folders.set(component, folder);
  return folder;
}

class Resolving {
  /** @param {{blocks: object, chosen?: object}} options */
  constructor({ blocks, chosen = {} }) {
    this.blocks = blocks;
    this.chosen = chosen;
    this.places = new Map();
    /** @type {Map<string, any>} */
    this.nodes = new Map();
    this.faults = [];
    this.count = 0;
    this.unknown = [];
  }

  tell(id, where, reason) {
    if (this.faults.length < MOST_FAULTS) this.faults.push({ id, where, reason });
  }

  list(items, scope, path, depth) {
    if (!Array.isArray(items) || depth > MOST_DEPTH) return [];
    const nodes = [];
    items.forEach((source) => this.one(source, scope, path, depth, nodes));
    return nodes;
  }

  one(source, scope, path, depth, nodes) {
    try {
      this.each(source, scope, path, depth, nodes);
    } catch (error) {
      this.tell(source && source.id, 'component', 'broken');
    }
  }

  each(source, scope, path, depth, nodes) {
    const directives = source.directives || {};
    if (!isOwn(directives, ':for')) {
      this.node(source, scope, path, depth, nodes);
      return;
    }
    const loop = readLoop(directives[':for']);
    if (!loop) this.tell(source.id, ':for', 'syntax');
    const told = (where, reason) => this.tell(source.id, ':for', reason);
    const list = loop ? valueOf(loop.list, scope, told, ':for') : [];
    const copies = [];
    (Array.isArray(list) ? list : []).forEach((item, i) => {
      if (this.count >= MOST_NODES) return;
      const inner = scopeOf({ [loop.item]: item, ...(loop.index ? { [loop.index]: i } : {}) }, scope);
      this.node(source, inner, [...path, this.itemKey(source, inner, i)], depth, copies);
    });
    nodes.push(this.plain(source, 'each', [...path, 'each'], copies));
  }

  /** A node that is no block. */
  plain(source, component, path, items) {
    return this.keep({ key: this.keyOf(source.id, path), id: String(source.id), component, attrs: {}, hidden: false, items, rev: 0 });
  }

  /** What tells an item from the others, so that it stays the same block when the list changes. */
  itemKey(source, scope, i) {
    const { key } = source.directives;
    const value = typeof key === 'string' && key ? valueOf(key, scope, () => {}, 'key') : undefined;
    return toText(value).slice(0, 60).replace(UNSAFE, '_') || String(i);
  }

  node(source, scope, path, depth, nodes) {
    if (this.count >= MOST_NODES) return;
    const { directives = {}, id } = source;
    const tell = (where, reason) => this.tell(id, where, reason);
    const component = knownFolderOf(source.component, this.blocks);
    const isKnown = isOwn(this.blocks, component);
    if (!isKnown) this.lack(id, component);
    if (!isKnown || (isOwn(directives, ':if') && !valueOf(directives[':if'], scope, tell, ':if'))) {
      nodes.push(this.plain(source, '', path, []));
      return;
    }
    const shows = !isOwn(directives, ':display') || Boolean(valueOf(directives[':display'], scope, tell, ':display'));
    nodes.push(this.made(source, { component, shows, scope, path, depth, tell }));
  }

  lack(id, component) {
    this.unknown.push(component);
    this.tell(id, 'component', 'unknown');
  }

  made(source, { component, shows, scope, path, depth, tell }) {
    this.count += 1;
    const block = this.blocks[component];
    const key = this.keyOf(source.id, path);
    const attrs = attributesOf(source.attributes, block, scope, tell);
    this.places.set(key, { source, scope, component });
    const items = block.container ? this.list(source.items, scope, path, depth + 1) : [];
    const node = { key, id: String(source.id), component, attrs, hidden: !shows, items, rev: 0 };
    return this.keep(component === 'tabs' ? this.tabs(node) : node);
  }

  keep(node) {
    this.nodes.set(node.key, node);
    return node;
  }

  keyOf(id, path) {
    const wanted = [String(id).replace(UNSAFE, '_'), ...path].join('--');
    let key = wanted;
    for (let i = 2; this.nodes.has(key); i += 1) key = `${wanted}_${i}`;
    this.nodes.set(key, null);
    return key;
  }

  /** Tabs show one child at a time and are given the titles of all; the others stay as they are, hidden. */
  tabs(node) {
    const sheets = node.items.flatMap((item) => (item.component === 'each' ? item.items : [item])).filter((item) => item.component);
    const titles = sheets.map(({ attrs }, i) => toText(attrs.title) || String(i + 1));
    const wanted = [this.chosen[node.key], node.attrs.active];
    const at = wanted.find((index) => index in sheets) || 0;
    sheets.forEach((sheet, i) => { sheet.hidden = sheet.hidden || i !== at; });
    return { ...node, attrs: { ...node.attrs, labels: titles, active: at } };
  }
}

/**
 * @param {object} page CALS page
 * @param {{scope: object, blocks: object, chosen?: {[key: string]: number}}} context `chosen` tells for
 *   tabs, by their key, which sheet was chosen
 * @returns {{items: object[], nodes: Map<string, any>, places: Map<string, {source: any, scope: object, component: string}>,
 *   faults: {id: string, where: string, reason: string}[], unknown: string[], count: number}}
 */
function resolve(page, { scope, blocks, chosen }) {
  const resolving = new Resolving({ blocks, chosen });
  const items = resolving.list(page && page.items, scope, [], 1);
  const { nodes, places, faults, unknown, count } = resolving;
  return { items, nodes, places, faults, unknown, count };
}

module.exports = { folderOf, resolve };
