/**
 * How values behave in a page's expressions. Nothing here calls a method of a value, so a value that
 * came from outside can neither run nor hide anything.
 */
const FORBIDDEN = new Set([
  '__proto__', 'constructor', 'prototype', '__defineGetter__', '__defineSetter__',
  '__lookupGetter__', '__lookupSetter__', 'caller', 'callee', 'arguments',
]);
const { hasOwnProperty } = Object.prototype;

const isForbidden = (name) => FORBIDDEN.has(name);
const isOwn = (object, name) => hasOwnProperty.call(object, name);
const isNothing = (value) => value === null || value === undefined;

function isPlain(value) {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || isPlainElsewhere(prototype);
}

/** Data that came through a frame or a test's window has the same kind of prototype of its own. */
function isPlainElsewhere(prototype) {
  return Object.getPrototypeOf(prototype) === null && isOwn(prototype, 'hasOwnProperty') && !isOwn(prototype, 'size');
}

/** Data as it may leave: no function, symbol or accessor. */
function harmless(value) {
  const kind = typeof value;
  return kind === 'function' || kind === 'symbol' || kind === 'bigint' ? undefined : value;
}

function read(object, name) {
  const known = Object.getOwnPropertyDescriptor(object, name);
  return known && 'value' in known ? harmless(known.value) : undefined;
}

function ofList(list, name) {
  if (name === 'length') return list.length;
  const index = typeof name === 'number' ? name : Number(/^\d{1,9}$/.test(name) ? name : NaN);
  return Number.isInteger(index) && index >= 0 ? read(list, String(index)) : undefined;
}

/** `object[name]`: own fields of plain data and of lists, and the length of a text. */
function member(object, name) {
  if (typeof name !== 'string' && typeof name !== 'number') return undefined;
  if (isForbidden(name)) return undefined;
  if (typeof object === 'string') return name === 'length' ? object.length : undefined;
  if (Array.isArray(object)) return ofList(object, name);
  return isPlain(object) ? read(object, String(name)) : undefined;
}

/** `item[name]` for many items: what does not change from item to item is looked at once. */
function reader(name) {
  if (typeof name !== 'string' || isForbidden(name)) return (item) => member(item, name);
  return (item) => (isPlain(item) && !Array.isArray(item) ? read(item, name) : member(item, name));
}

/** Nothing, lists and objects have no text. */
function toText(value) {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : '';
  return typeof value === 'boolean' ? String(value) : '';
}

/** NaN where it is no number. */
function asNumber(value) {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  return typeof value === 'string' && value.trim() !== '' ? Number(value) : NaN;
}

/** What is no number counts as 0, so that nobody reads 'NaN' on a page. */
function toNumber(value) {
  const number = asNumber(value);
  return Number.isFinite(number) ? number : 0;
}

function looselyEqual(left, right) {
  if (left === right) return true;
  if (isNothing(left) || isNothing(right)) return isNothing(left) && isNothing(right);
  if (typeof left === typeof right || typeof left === 'object' || typeof right === 'object') return false;
  return asNumber(left) === asNumber(right);
}

/** Whether `left` comes before `right`; nothing comes before or after nothing. */
function isLess(left, right) {
  if (typeof left === 'string' && typeof right === 'string') return left < right;
  return asNumber(left) < asNumber(right);
}

const toList = (value) => (Array.isArray(value) ? value : []);

module.exports = {
  asNumber, harmless, isForbidden, isLess, isNothing, isOwn, isPlain, looselyEqual, member, reader, toList, toNumber, toText,
};
