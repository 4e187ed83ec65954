/**
 * What a form asks, and whether an answer answers it. The server holds the same rules
 * (cloudfunctions/forms/definition.py), and one file of cases holds the two together.
 *
 * Field: {name, title, type, required, options (one a line), most, note}
 */
const { optionsOf } = require('../shared/options.js');

const TYPES = ['text', 'long', 'number', 'choice', 'many', 'date', 'switch', 'photo', 'place'];
const LONGEST = { text: 200, long: 2000, place: 200 };
const GREATEST = 1e12;
const MOST_PICTURES = 3;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

const lengthOf = (text) => Array.from(text).length;
const isPlace = (value) => Boolean(value) && typeof value === 'object' && typeof value.words === 'string';

/** Whether an answer says nothing. */
function isEmpty(value) {
  if (value === undefined || value === null || value === false) return true;
  if (typeof value === 'string') return !value.trim();
  if (Array.isArray(value)) return !value.length;
  return isPlace(value) && !value.words.trim();
}

/** How much may be written or chosen at most. */
function mostOf({ type, most }) {
  const own = Number(most) || 0;
  if (type === 'photo') return Math.min(own || MOST_PICTURES, MOST_PICTURES);
  const longest = LONGEST[type];
  return longest ? Math.min(own || longest, longest) : own;
}

const isWithin = (list, allowed) => Array.isArray(list) && list.every((one) => allowed.includes(one));
const hasDoubles = (list) => new Set(list).size < list.length;

function faultOfText(field, value) {
  if (typeof value !== 'string') return '填得不对';
  return lengthOf(value) > mostOf(field) ? `最多 ${mostOf(field)} 个字` : '';
}

function faultOfNumber(field, value) {
  if (typeof value !== 'number' || Number.isNaN(value)) return '要填数字';
  const most = Number(field.most) || GREATEST;
  if (value > most) return `最大是 ${most}`;
  return value < -GREATEST ? '太小了' : '';
}

function faultOfMany(field, value) {
  if (!isWithin(value, optionsOf(field.options))) return '要从里面选';
  if (hasDoubles(value)) return '选重了';
  const most = mostOf(field);
  return most && value.length > most ? `最多选 ${most} 个` : '';
}

function faultOfDate(field, value) {
  if (typeof value !== 'string' || !DAY.test(value) || value.startsWith('0000')) return '不是一个日期';
  const time = new Date(`${value}T00:00:00Z`);
  const isReal = !Number.isNaN(time.getTime()) && time.toISOString().startsWith(value);
  return isReal ? '' : '不是一个日期';
}

function faultOfPhoto(field, value) {
  if (!isWithin(value, [0, 1, 2]) || hasDoubles(value)) return '填得不对';
  return value.length > mostOf(field) ? `最多 ${mostOf(field)} 张` : '';
}

function faultOfPlace(field, value) {
  if (!isPlace(value)) return '填得不对';
  if (lengthOf(value.words) > LONGEST.place) return `最多 ${LONGEST.place} 个字`;
  const { latitude = null, longitude = null } = value;
  if (latitude === null && longitude === null) return '';
  const isPoint = Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180;
  return latitude !== null && longitude !== null && isPoint ? '' : '填得不对';
}

const CHECKS = {
  text: faultOfText,
  long: faultOfText,
  number: faultOfNumber,
  choice: (field, value) => (optionsOf(field.options).includes(value) ? '' : '要从里面选一个'),
  many: faultOfMany,
  date: faultOfDate,
  switch: (field, value) => (value === true ? '' : '填得不对'),
  photo: faultOfPhoto,
  place: faultOfPlace,
};

const MISSING = { switch: '还没有打开', choice: '还没有选', many: '还没有选' };

/** What is wrong with an answer, in words that may follow the field's name; '' for nothing. */
function faultOf(field, value) {
  if (isEmpty(value)) return field.required ? MISSING[field.type] || '还没有填' : '';
  return CHECKS[field.type](field, value);
}

/** The fields that can be drawn: with a name of their own and a type that is known. */
function drawable(fields) {
  const seen = new Set();
  return (Array.isArray(fields) ? fields : []).filter((field) => {
    const isGood = field && TYPES.includes(field.type) && field.name && !seen.has(field.name);
    if (isGood) seen.add(field.name);
    return isGood;
  });
}

/** A number as it was typed, full-width digits too; what is none stays as it is. */
function numberOf(typed) {
  const number = Number(String(typed).normalize('NFKC').trim());
  return Number.isNaN(number) ? typed : number;
}

/** The values without those that say nothing; pictures by their place in the answer. */
function written(fields, values) {
  let pictures = 0;
  const told = {};
  drawable(fields).forEach(({ name, type }) => {
    const value = values[name];
    if (isEmpty(value)) return;
    if (type === 'number') told[name] = numberOf(value);
    else if (type === 'photo') told[name] = value.map(() => pictures++);
    else told[name] = value;
  });
  return told;
}

/** All pictures of an answer, in the order in which `written` counts them. */
function picturesOf(fields, values) {
  const photos = drawable(fields).filter((field) => field.type === 'photo');
  return photos.flatMap((field) => values[field.name] || []);
}

/** @returns {Record<string, string>} the faults by the field's name, in the order of the form */
function faultsOf(fields, values) {
  const told = written(fields, values);
  /** @type {Record<string, string>} */
  const faults = {};
  drawable(fields).forEach((field) => {
    const fault = faultOf(field, told[field.name]);
    if (fault) faults[field.name] = fault;
  });
  return faults;
}

module.exports = {
  MOST_PICTURES, drawable, faultOf, faultsOf, isEmpty, mostOf, optionsOf, picturesOf, written,
};
