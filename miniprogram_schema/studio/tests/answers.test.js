/** What came in through a form, in words and as a table. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { csvOf, formsOf, linesOf } from '../src/model/answers.js';
import { family, node } from './things.js';

const fields = [
  { name: 'who', title: '怎么称呼', type: 'text' }, { name: 'what', title: '哪一项', type: 'many' },
  { name: 'home', title: '家里知道', type: 'switch' }, { name: 'photo', title: '照片', type: 'photo' },
  { name: 'place', title: '哪里', type: 'place' },
];
const values = { who: '小雨', what: ['桌游', '画石头'], home: true, photo: [0, 1], place: { words: '南门' }, gone: 3 };

test('the forms of a page are found wherever they stand', () => {
  const form = node('f', 'Form', { attributes: { formId: 'sign_up', title: '报名', fields } });
  const page = { ...family(), items: [node('s', 'Section', { items: [form] }), node('g', 'Form')] };
  assert.deepEqual(formsOf(page).map((one) => [one.form, one.title]), [['sign_up', '报名']]);
});

test('every kind of value is told in words, and what is asked no more comes last', () => {
  assert.deepEqual(linesOf({ fields }, { values }).map(({ title, words }) => `${title}：${words}`), [
    '怎么称呼：小雨', '哪一项：桌游、画石头', '家里知道：是', '照片：2 张照片', '哪里：南门', 'gone：3',
  ]);
  assert.deepEqual(linesOf({ fields }, { values: {} }), []);
});

test('no cell of the table is a formula, and quotes stay text', () => {
  const hostile = ['=1+1', '+1', '-1', '@a', '\t=1', 'a"b,c\nd'];
  const table = csvOf({ fields: fields.slice(0, 1) }, hostile.map((who) => ({ at: 0, values: { who } })));
  hostile.slice(0, 5).forEach((who) => assert.ok(table.includes(`"'${who}"`), who));
  assert.ok(table.includes('"a""b,c\nd"'));
  assert.ok(table.startsWith('\uFEFF"时间","怎么称呼"\r\n'));
});
