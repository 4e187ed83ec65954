/** What came in through the forms of a page, as rows to read and as a table to keep. */
import { walk } from './tree.js';

/** Cells that a table program would take for a formula. */
const FORMULA = /^[=+\-@\t\r]/;
const YES = '是';

/** The forms of a page: {form, title, fields: [{name, title, type}]}. */
export function formsOf(page) {
  return [...walk(page)]
    .filter(({ node }) => node.component === 'Form' && node.attributes?.formId)
    .map(({ node: { attributes } }) => ({
      form: attributes.formId, title: attributes.title || attributes.formId, fields: attributes.fields ?? [],
    }));
}

/** One value in words. Photos are told by their number; they are looked at one by one. */
export function wordsOfValue(value, type = '') {
  if (value === undefined || value === null || value === '') return '';
  if (type === 'photo') return `${value.length} 张照片`;
  if (value === true) return YES;
  if (Array.isArray(value)) return value.join('、');
  return typeof value === 'object' ? value.words ?? '' : String(value);
}

/** [{title, words}] of an answer, what was asked first; fields that are asked no more come last. */
export function linesOf({ fields }, { values }) {
  const asked = new Map(fields.map((field) => [field.name, field]));
  const names = [...asked.keys(), ...Object.keys(values).filter((name) => !asked.has(name))];
  return names
    .map((name) => ({ title: asked.get(name)?.title ?? name, words: wordsOfValue(values[name], asked.get(name)?.type) }))
    .filter(({ words }) => words);
}

const cell = (words) => {
  const safe = FORMULA.test(words) ? `'${words}` : words;
  return `"${safe.replaceAll('"', '""')}"`;
};

/** A table that spreadsheet programs open, Chinese included. */
export function csvOf({ fields }, answers) {
  const head = ['时间', ...fields.map(({ title }) => title)];
  const rows = answers.map(({ at, values }) => [
    new Date(at).toLocaleString('zh-CN'), ...fields.map(({ name, type }) => wordsOfValue(values[name], type)),
  ]);
  return `\uFEFF${[head, ...rows].map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`;
}
