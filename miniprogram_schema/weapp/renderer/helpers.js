/**
 * The functions an expression may call. Each takes plain data and gives plain data; `spend` tells how
 * much work it is, and ends the evaluation when it becomes too much.
 */
const { isLess, isNothing, isOwn, looselyEqual, member, reader, toList, toNumber, toText } = require('./values.js');

const MOST_RANGE = 100;
const BEIJING = 8 * 3600000;
const TOKENS = /YYYY|MM|DD|HH|mm|M|D|H|m/g;
const two = (number) => String(number).padStart(2, '0');

function filter(spend, list, field, value) {
  spend(toList(list).length);
  const of = reader(field);
  return toList(list).filter((item) => looselyEqual(of(item), value));
}

function find(spend, list, field, value) {
  spend(toList(list).length);
  const of = reader(field);
  return toList(list).find((item) => looselyEqual(of(item), value));
}

function map(spend, list, field) {
  spend(toList(list).length);
  return toList(list).map(reader(field));
}

function join(spend, list, separator) {
  spend(toList(list).length);
  const between = isNothing(separator) ? '、' : toText(separator);
  let joined = '';
  toList(list).forEach((item, i) => {
    joined += (i ? between : '') + toText(item);
    spend(0, joined.length);
  });
  return joined;
}

function slice(spend, of, from, to) {
  const end = isNothing(to) ? undefined : toNumber(to);
  if (typeof of === 'string') return of.slice(toNumber(from), end);
  spend(toList(of).length);
  return toList(of).slice(toNumber(from), end);
}

/** Keeps the order of what is equal. Sorting is more work than looking, and is counted so. */
function sort(spend, list, field, isDescending) {
  const items = toList(list);
  spend(items.length * Math.ceil(Math.log2(items.length + 2)));
  const of = reader(field);
  const keyed = items.map((item) => ({ item, key: of(item) }));
  const sign = isDescending === true ? -1 : 1;
  keyed.sort((a, b) => (isLess(b.key, a.key) ? sign : isLess(a.key, b.key) ? -sign : 0));
  return keyed.map(({ item }) => item);
}

function includes(spend, of, wanted) {
  if (typeof of === 'string') {
    spend(of.length >> 6);
    return typeof wanted !== 'object' && of.includes(toText(wanted));
  }
  spend(toList(of).length);
  return toList(of).includes(wanted);
}

function round(spend, value, digits) {
  const places = Math.min(10, Math.max(0, Math.trunc(toNumber(digits))));
  const factor = 10 ** places;
  const rounded = Math.round(toNumber(value) * factor) / factor;
  return Number.isFinite(rounded) ? rounded : 0;
}

/** Of several values, or of the items of one list. */
function extreme(spend, values, choose) {
  const among = values.length === 1 && Array.isArray(values[0]) ? values[0] : values;
  spend(among.length);
  return among.length ? among.map(toNumber).reduce((a, b) => choose(a, b)) : undefined;
}

/** Beijing's time, wherever the phone believes to be: what is told there is meant so. */
function date(spend, ms, pattern) {
  if (isNothing(ms) || ms === '') return '';
  const at = new Date(toNumber(ms) + BEIJING);
  if (Number.isNaN(at.getTime())) return '';
  const [month, day] = [at.getUTCMonth() + 1, at.getUTCDate()];
  const [hour, minute] = [at.getUTCHours(), at.getUTCMinutes()];
  const parts = {
    YYYY: String(at.getUTCFullYear()), M: String(month), MM: two(month), D: String(day), DD: two(day),
    H: String(hour), HH: two(hour), m: String(minute), mm: two(minute),
  };
  return (isNothing(pattern) ? 'M月D日 HH:mm' : toText(pattern)).replace(TOKENS, (token) => parts[token]);
}

function empty(spend, value) {
  if (isNothing(value) || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function range(spend, count) {
  const length = Math.min(MOST_RANGE, Math.max(0, Math.trunc(toNumber(count))));
  spend(length);
  return Array.from({ length }, (_, i) => i);
}

const entry = (least, most, run) => ({ takes: [least, most], run });

/** @type {{[name: string]: {takes: number[], run: (spend: Function, ...given: any[]) => any}}} */
const HELPERS = {
  filter: entry(3, 3, filter),
  find: entry(3, 3, find),
  map: entry(2, 2, map),
  join: entry(1, 2, join),
  count: entry(1, 1, (spend, of) => (typeof of === 'string' ? of.length : toList(of).length)),
  first: entry(1, 1, (spend, list) => member(toList(list), 0)),
  last: entry(1, 1, (spend, list) => member(toList(list), toList(list).length - 1)),
  slice: entry(2, 3, slice),
  sort: entry(2, 3, sort),
  includes: entry(2, 2, includes),
  text: entry(1, 1, (spend, value) => toText(value)),
  number: entry(1, 1, (spend, value) => toNumber(value)),
  round: entry(1, 2, round),
  min: entry(1, 20, (spend, ...values) => extreme(spend, values, Math.min)),
  max: entry(1, 20, (spend, ...values) => extreme(spend, values, Math.max)),
  date: entry(1, 2, date),
  empty: entry(1, 1, empty),
  lower: entry(1, 1, (spend, value) => toText(value).toLowerCase()),
  range: entry(1, 1, range),
};

const isHelper = (name) => isOwn(HELPERS, name);

module.exports = { HELPERS, isHelper };
