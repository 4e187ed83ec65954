/** Changes to one block (or, for '', the page itself) by its fields, each as a step of the history. */
import { nameOf } from '../model/catalog.js';
import { update } from '../model/tree.js';

/** @param {import('./editor.js').Editor} editor */
export function changesOf(editor) {
  const change = (id, make, told, key) => {
    const { page } = editor;
    editor.apply({ page: id ? update(page, id, make) : make(page), told }, key);
  };
  const name = (id) => (id ? nameOf(editor.selected ?? {}, editor.catalog) : '页面');
  return {
    attribute: (id, key, value, title) =>
      change(id, (node) => withKey(node, 'attributes', key, value), `改了${name(id)}的${title}`, `${id}.${key}`),
    /** Bound to data, or back to a fixed value for ''. */
    bound: (id, key, expression, title) =>
      change(id, (node) => withKey(node, 'attributes', `:${key}`, expression || undefined), `改了${name(id)}的${title}`, `${id}:${key}`),
    directive: (id, key, value, title) =>
      change(id, (node) => withKey(node, 'directives', key, value || undefined), `改了${name(id)}的${title}`, `${id}.${key}`),
    label: (id, value) =>
      change(id, (node) => without({ ...node, label: value || undefined }), '改了名字', `${id}.label`),
    listeners: (id, make, told, key = '') =>
      change(id, (node) => ({ ...node, listeners: make(node.listeners ?? []) }), told, key),
    page: (make, told, key = '') => change('', make, told, key),
  };
}

function withKey(node, part, key, value) {
  return { ...node, [part]: without({ ...node[part], [key]: value }) };
}

function without(holder) {
  return Object.fromEntries(Object.entries(holder).filter(([, value]) => value !== undefined));
}
