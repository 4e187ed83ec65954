/** What differs in one block apart from what it holds: properties, conditions, what a tap does. */
import { shortened } from './catalog.js';
import { toldHandler } from './handlers.js';
import { AUDIENCES, NAVS } from './page.js';

const PAGE_TITLES = { title: '标题', audience: '给谁看', nav: '底部导航', fill: '占满一屏' };
const PAGE_OPTIONS = { audience: AUDIENCES, nav: NAVS };
const DIRECTIVES = { ':if': '显示的条件', ':display': '隐藏的条件', ':for': '重复', key: '每一项的标记' };
const PARTS = { state: '变量', params: '页面参数', query: '数据' };
const LONGEST = 60;

export const same = (one, other) => JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));

/** The order of keys says nothing: a page that came back from the server is the same page. */
function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]));
}

/** @returns {{title: string, was: string, now: string}[]}; `block` is null for the page itself */
export function ownDifferences(older, newer, block, methods) {
  const titleOf = (key) => titled(key, block);
  return [
    ...(same(older.label, newer.label) ? [] : [{ title: '名字', was: told(older.label), now: told(newer.label) }]),
    ...keyed(older.attributes, newer.attributes, titleOf, (key, value) => toldProperty(key, value, block)),
    ...keyed(older.directives, newer.directives, (key) => DIRECTIVES[key] ?? key, (_, value) => told(value)),
    ...listened(older.listeners ?? [], newer.listeners ?? [], block, methods),
  ];
}

function keyed(older = {}, newer = {}, titleOf, toldBy) {
  return [...new Set([...Object.keys(older), ...Object.keys(newer)])]
    .filter((key) => !same(older[key], newer[key]))
    .map((key) => ({ title: titleOf(key), was: toldBy(key, older[key]), now: toldBy(key, newer[key]) }));
}

function titled(key, block) {
  const name = key.replace(/^:/, '');
  const title = block ? block.properties[name]?.title : PAGE_TITLES[name];
  return `${title || name}${key.startsWith(':') ? '（来自数据）' : ''}`;
}

function toldProperty(key, value, block) {
  const options = block ? block.properties[key]?.['x-props']?.options : PAGE_OPTIONS[key];
  const option = options?.find((one) => one.value === value);
  return option ? option.label : told(value);
}

export function told(value) {
  if (value === undefined || value === '') return '（空）';
  if (value === true) return '是';
  if (value === false) return '否';
  return shortened(typeof value === 'string' ? value : JSON.stringify(value), LONGEST);
}

function listened(older, newer, block, methods) {
  const held = new Map(older.map((one) => [one.id, one]));
  const next = new Map(newer.map((one) => [one.id, one]));
  return [...new Set([...held.keys(), ...next.keys()])]
    .filter((id) => !same(held.get(id), next.get(id)))
    .map((id) => {
      const one = next.get(id) ?? held.get(id);
      const event = block?.events.find(({ name }) => name === one.eventName)?.title ?? one.eventName;
      const words = (listener) => (listener ? toldListener(listener, methods) : '什么也不做');
      return { title: `“${event}”以后做的事`, was: words(held.get(id)), now: words(next.get(id)) };
    });
}

function toldListener({ handler }, methods) {
  const params = JSON.stringify(handler?.params ?? {});
  return shortened(`${toldHandler(handler, methods)}${params === '{}' ? '' : ` ${params}`}`, LONGEST);
}

/** Variables, parameters and queries that came, went or changed. */
export function entryDifferences(part, older, newer) {
  const names = [...new Set([...Object.keys(older), ...Object.keys(newer)])];
  return names.filter((name) => !same(older[name], newer[name])).map((name) => {
    const title = `${PARTS[part]}“${(newer[name] ?? older[name]).label || name}”`;
    if (!older[name]) return { kind: 'added', id: '', text: `加了${title}` };
    if (!newer[name]) return { kind: 'removed', id: '', text: `删除了${title}` };
    const [was, now] = [older[name], newer[name]].map((one) => toldEntry(part, one));
    return { kind: 'changed', id: '', text: `改了${title}`, was, now };
  });
}

function toldEntry(part, entry) {
  if (part !== 'query') return told(entry.initialValue);
  const when = entry.trigger === 'manual' ? '需要时才读' : '打开就读';
  return shortened(`${entry.method?.name} ${JSON.stringify(entry.method?.params ?? {})} ${when}`, LONGEST);
}
