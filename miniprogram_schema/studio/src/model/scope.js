/**
 * What a block can read where it stands: variables, parameters, queries and the loops around it, as
 * the menus offer them: {text: expression, title: words, type, group, choices?: [[value, words]]}.
 */
import { fieldsOf, itemOf } from './methods.js';
import { datasetOf } from './page.js';
import { loopOf } from './source.js';
import { ancestors, find } from './tree.js';

const ROLES = [['teen', '同学'], ['listener', '暖心师'], ['counsellor', '咨询师'], ['supervisor', '督导'], ['coordinator', '运营']];

const QUERY_FACTS = [
  { path: 'state', title: '读到哪一步', type: 'string', choices: [['idle', '还没读'], ['loading', '正在读'], ['ready', '读好了'], ['failed', '没读到']] },
  { path: 'loading', title: '正在读', type: 'boolean' },
  { path: 'error', title: '没读到的原因', type: 'string' },
  { path: 'data', title: '全部答复', type: 'object' },
];

/** @param {{page: object, id: string, methods: object[]}} where; `id` is '' for the page itself */
export function scopeOf({ page, id, methods }) {
  return [...loops(page, id, methods), ...queries(page, methods), ...variables(page),
    { text: '$viewer.role', title: '谁在看', type: 'string', group: '其他', choices: ROLES }];
}

function variables(page) {
  const named = (part, group) => Object.entries(datasetOf(page, part)).map(([name, one]) => ({
    text: `$page.${part}.${name}`, title: one.label || name, type: one.dataType ?? 'string', group,
  }));
  return [...named('state', '变量'), ...named('params', '打开页面时带来的')];
}

function queries(page, methods) {
  return Object.entries(datasetOf(page, 'query')).flatMap(([name, query]) => {
    const title = query.label || name;
    const method = methods.find((one) => one.name === query.method?.name);
    const fields = method ? fieldsOf(method.answer, method.answer) : [];
    return [
      ...fields.map((field) => fieldOption(`$query.${name}.data`, field, `数据：${title}`)),
      ...QUERY_FACTS.map((fact) => ({ ...fact, text: `$query.${name}.${fact.path}`, group: `数据：${title}` })),
    ];
  });
}

function fieldOption(before, { path, title, type, schema }, group) {
  const choices = schema.enum?.map((one) => [one, String(one)]);
  return { text: `${before}.${path}`, title, type, group, ...(choices && { choices }) };
}

/** The loops on the block and around it, the nearest first. */
export function loops(page, id, methods) {
  const around = id ? [...ancestors(page, id), find(page, id)].filter(Boolean) : [];
  return around.flatMap((node) => {
    const loop = loopOf(node.directives?.[':for']);
    if (!loop) return [];
    const group = `这一项（${loop.item}）`;
    const item = itemSchema(page, loop.list, methods);
    const fields = item ? fieldsOf(item.schema, item.root) : [];
    const index = loop.index ? [{ text: loop.index, title: '第几项（从 0 数起）', type: 'number', group }] : [];
    return [...fields.map((field) => fieldOption(loop.item, field, group)),
      { text: loop.item, title: '整个这一项', type: 'object', group }, ...index];
  }).reverse();
}

/** What the items of a list look like, where the list is part of a query's answer. */
export function itemSchema(page, list, methods) {
  const [, name, path] = /^\$query\.(\w+)\.data(?:\.([\w.]+))?$/.exec(list) ?? [];
  const query = name && datasetOf(page, 'query')[name];
  const method = query && methods.find((one) => one.name === query.method?.name);
  const schema = method && itemOf(method.answer, method.answer, path ?? '');
  return schema ? { schema, root: method.answer } : null;
}

/** Options that suit a property: lists for a list, anything that can be written as text for a text. */
export function suiting(options, type) {
  if (!type || type === 'any') return options;
  if (type === 'array') return options.filter((one) => one.type === 'array');
  if (type === 'object') return options.filter((one) => ['object', 'any'].includes(one.type));
  return options.filter((one) => !['array', 'object'].includes(one.type));
}

/** The words for an expression of the menus, or '' if it is not one of them. */
export function wordsFor(options, text) {
  const found = options.find((one) => one.text === text);
  return found ? `${found.group} · ${found.title}` : '';
}
