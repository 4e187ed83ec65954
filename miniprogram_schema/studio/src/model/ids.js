/**
 * Names of blocks, listeners, queries and variables. An id has some chance in it: two people who both
 * add a text to one page shall not make the same id, or their changes could not be put together.
 */
import { walk } from './tree.js';

const CHANCE = 36 ** 4;

/** Every id of blocks and listeners on the page. */
export function idsOf(page) {
  const used = new Set();
  for (const { node } of walk(page)) {
    used.add(node.id);
    (node.listeners ?? []).forEach((listener) => used.add(listener.id));
  }
  (page.listeners ?? []).forEach((listener) => used.add(listener.id));
  return used;
}

/** An id that is not in `used`, for example `text_k3f9`; it is added to `used`. */
export function freshId(used, stem, random = Math.random) {
  const start = stem.replace(/[^A-Za-z0-9_-]/g, '').replace(/^[^A-Za-z]+/, '').slice(0, 30) || 'n';
  let id;
  do {
    id = `${start}_${Math.floor(random() * CHANCE).toString(36).padStart(4, '0')}`;
  } while (used.has(id));
  used.add(id);
  return id;
}

/** The first of `stem`, `stem2`, `stem3` … that is not taken: names that people read in menus. */
export function freshName(taken, stem) {
  const isTaken = (name) => Object.hasOwn(taken, name);
  if (!isTaken(stem)) return stem;
  let number = 2;
  while (isTaken(`${stem}${number}`)) number += 1;
  return `${stem}${number}`;
}

/** A copy of a block and all in it under new ids; what follows on a listener keeps following it. */
export function renewed(node, used, random) {
  const names = new Map();
  const listeners = (node.listeners ?? []).map((listener) => {
    const id = freshId(used, stemOf(listener.id ?? 'on'), random);
    names.set(listener.id, id);
    return { ...listener, id };
  });
  return {
    ...node,
    id: freshId(used, stemOf(node.id ?? 'n'), random),
    ...(node.listeners && { listeners: listeners.map((one) => following(one, names)) }),
    ...(node.items && { items: node.items.map((item) => renewed(item, used, random)) }),
  };
}

function following(listener, names) {
  const [, first, end] = /^(.*)\.(done|failed)$/.exec(listener.eventName ?? '') ?? [];
  return names.has(first) ? { ...listener, eventName: `${names.get(first)}.${end}` } : listener;
}

function stemOf(id) {
  return String(id).replace(/_[a-z0-9]{4}$/, '');
}
