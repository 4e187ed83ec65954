/** The blocks that are on screen, by the page view they belong to and their key. */
let made = 0;

/** @type {Map<number, {nodes: Map<string, any>, wanted: (key: string) => any}>} */
const views = new Map();

/**
 * @param {(key: string) => any} wanted the node as it is now, by its key
 * @returns {number} a number for the page view
 */
function openView(wanted) {
  made += 1;
  views.set(made, { nodes: new Map(), wanted });
  return made;
}

function closeView(view) {
  views.delete(view);
}

function enter(view, key, instance) {
  const held = views.get(view);
  if (held) held.nodes.set(key, instance);
}

function leave(view, key, instance) {
  const held = views.get(view);
  if (held && held.nodes.get(key) === instance) held.nodes.delete(key);
}

/** The instance that draws a node. */
function nodeOf(view, key) {
  const held = views.get(view);
  return held && held.nodes.get(key);
}

/** The node as it is now where that is newer than `node`, else undefined. */
function newerThan(view, node) {
  const held = views.get(view);
  const now = held && held.wanted(node.key);
  return now && now.rev > node.rev ? now : undefined;
}

module.exports = { closeView, enter, leave, newerThan, nodeOf, openView };
