/**
 * Binds a list of a block to a query in one step: its items, how far the query is (loading, failed),
 * what happens on 'again', and which field is the title. Everything can be changed afterwards.
 */
import { freshId, freshName, idsOf } from './ids.js';
import { fieldsOf, itemOf, queryOf } from './methods.js';
import { datasetOf, withDataset } from './page.js';
import { update } from './tree.js';

const TITLE_FIELDS = ['title', 'name', 'label', 'text'];
const TEXT_FIELDS = ['text', 'excerpt', 'summary', 'note', 'description', 'body'];
const KEY_FIELDS = ['id', 'story', 'key', 'page', 'cid'];

/** The page with a query of this method; `name` is the query's. */
export function withQuery(page, method) {
  const stem = method.name.split('.')[0].replace(/[^A-Za-z0-9_]/g, '') || 'data';
  const name = freshName(datasetOf(page, 'query'), stem);
  const query = queryOf(method, name, method.title);
  return { page: withDataset(page, 'query', (held) => ({ ...held, [name]: query })), name };
}

/** The lists in a method's answer: [{path, title}]. */
export function listsOf(method) {
  const root = method.answer;
  return fieldsOf(root, root).filter((field) => field.type === 'array');
}

/** @param {object} asked {page, id, block, key: 'items', query: name, method, path: of the list in the answer} */
export function withListBound(asked) {
  const { page, id, block, key, query, path } = asked;
  return update(page, id, (node) => ({
    ...node,
    attributes: {
      ...node.attributes, [`:${key}`]: `$query.${query}.data${path ? `.${path}` : ''}`,
      ...(block.properties.state && { ':state': `$query.${query}.state` }),
      ...fieldsPicked(asked, node),
    },
    ...(hasAgain(block, node) && { listeners: [...(node.listeners ?? []), again(page, query)] }),
  }));
}

const hasAgain = (block, node) =>
  block.events.some((one) => one.name === 'again') && !node.listeners?.some((one) => one.eventName === 'again');

function again(page, query) {
  const id = freshId(idsOf(page), 'again');
  return { id, eventName: 'again', handler: { module: 'platform', name: 'query', params: { name: query } } };
}

function fieldsPicked({ block, method, path }, node) {
  const names = itemFields(method, path).map((field) => field.path);
  const pick = (key, wanted) => {
    if (!block.properties[key] || names.includes(node.attributes?.[key])) return {};
    const found = wanted.find((name) => names.includes(name));
    return found ? { [key]: found } : {};
  };
  const title = pick('titleField', TITLE_FIELDS);
  const text = pick('textField', TEXT_FIELDS.filter((name) => name !== title.titleField));
  return { ...title, ...text, ...pick('keyField', KEY_FIELDS) };
}

/** The fields of one item of a list in a method's answer. */
export function itemFields(method, path) {
  const item = method && itemOf(method.answer, method.answer, path);
  return item ? fieldsOf(item, method.answer) : [];
}
