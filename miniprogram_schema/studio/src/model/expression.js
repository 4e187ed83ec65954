/**
 * Expressions as the studio needs them: is this one allowed, and what can be written next. What is
 * allowed is decided by the renderer's own reader, so that the two can never differ.
 */
import { compile } from '../../../weapp/renderer/expression.js';

const WORD = /[$\p{L}_][$\p{L}\p{N}_.]*$/u;
const REASONS = {
  syntax: '这里的写法读不懂，看看括号和引号是不是成对。',
  limit: '太长或太复杂了，请拆成几处。',
  forbidden: '这个名字不能用。',
  call: '没有这个函数，只能用列出来的那些。',
  arity: '给这个函数的东西个数不对。',
  operator: '这个符号不能用。',
  word: '这个词不能用。',
};
const ROOTS = ['$page', '$query', '$viewer', '$event'];

/**
 * The fault of an expression in Chinese, or ''.
 * @param {string} source
 * @param {string[]=} known what can be read here; without it names are not looked at
 */
export function faultOf(source, known) {
  const text = String(source ?? '');
  if (!text.trim()) return '还没有写。';
  const { tree, fault } = compile(text);
  if (fault) return REASONS[fault] ?? REASONS.syntax;
  return known ? unknownName(tree, known) : '';
}

export function treeOf(source) {
  return compile(String(source ?? '')).tree ?? null;
}

/** A name at the root of a path, or a query or variable of `$page`, `$query`, that is not there. */
function unknownName(tree, known) {
  const missing = rootsOf(tree).find((path) => {
    const depth = { $query: 2, $page: 3 }[path[0]] ?? 1;
    const wanted = path.slice(0, depth).join('.');
    const isThere = known.some((one) => one === wanted || one.startsWith(`${wanted}.`));
    return !isThere && !(path.length < depth && ROOTS.includes(path[0]));
  });
  return missing ? `页面上没有 ${missing.join('.')}。` : '';
}

/** The paths of names in a tree: [['$query', 'stories', 'data'], ['item', 'title']]. */
function rootsOf(tree) {
  if (tree === null || typeof tree !== 'object') return [];
  if (Array.isArray(tree)) return tree.flatMap(rootsOf);
  if (tree.type === 'Identifier') return [[tree.name]];
  if (tree.type === 'CallExpression') return rootsOf(tree.arguments);
  if (tree.type !== 'MemberExpression') return rootsOf(Object.values(tree).filter((one) => typeof one === 'object'));
  const [path, ...others] = rootsOf(tree.object);
  const inner = tree.computed ? rootsOf(tree.property) : [];
  return path ? [tree.computed ? path : [...path, tree.property.name], ...others, ...inner] : inner;
}

/**
 * What may stand where the caret is.
 * @param {{source: string, caret: number, names: {text: string, title: string}[]}} asked
 * @returns {{from: number, options: {text: string, title: string}[]}}
 */
export function completions({ source, caret, names }) {
  const word = WORD.exec(source.slice(0, caret))?.[0] ?? '';
  const begun = word.toLowerCase();
  const fits = ({ text, title }) => text !== word && (text.toLowerCase().startsWith(begun) || title.includes(word));
  return { from: caret - word.length, options: word ? names.filter(fits).slice(0, 12) : [] };
}

export function completed(source, caret, from, text) {
  return { source: source.slice(0, from) + text + source.slice(caret), caret: from + text.length };
}

export const HELPERS = [
  ['filter(列表, \'字段\', 值)', 'filter(', '只留下符合的'], ['find(列表, \'字段\', 值)', 'find(', '找到第一个符合的'],
  ['map(列表, \'字段\')', 'map(', '取出每一项的字段'], ['join(列表, 分隔)', 'join(', '连成一句'],
  ['count(列表)', 'count(', '有几个'], ['first(列表)', 'first(', '第一个'], ['last(列表)', 'last(', '最后一个'],
  ['slice(列表或文字, 从, 到)', 'slice(', '取一段'], ['sort(列表, \'字段\', 倒序)', 'sort(', '排序'],
  ['includes(列表或文字, 值)', 'includes(', '里面有没有'], ['text(值)', 'text(', '变成文字'],
  ['number(值)', 'number(', '变成数字'], ['round(数, 位数)', 'round(', '四舍五入'], ['min(…)', 'min(', '最小的'],
  ['max(…)', 'max(', '最大的'], ['date(时间, \'M月D日\')', 'date(', '写成日期'], ['empty(值)', 'empty(', '是不是空的'],
  ['lower(文字)', 'lower(', '变成小写'], ['range(几)', 'range(', '从 0 数起的列表'],
].map(([usage, text, title]) => ({ text, title: `${title}　${usage}` }));
