/** Blocks travel as text: new ids, what they read comes along, nothing else is taken. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adopted, copyText, readText } from '../src/model/clipboard.js';
import * as commands from '../src/model/commands.js';
import { idsOf } from '../src/model/ids.js';
import { blankPage } from '../src/model/page.js';
import { find, walk } from '../src/model/tree.js';
import { catalog, family, node } from './things.js';

function talking() {
  const page = family();
  const listeners = [
    { id: 'on_1', eventName: 'tap', handler: { module: 'dataSource', name: 'mood.save', params: {} } },
    { id: 'on_2', eventName: 'on_1.done', handler: { module: 'platform', name: 'query', params: { name: 'stories' } } },
  ];
  page.items.push(node('list', 'DataList', { attributes: { ':items': '$query.stories.data.stories', ':label': '$page.state.word' }, listeners }));
  page.dataset.query = { stories: { id: 'stories', name: 'stories' }, stor: { id: 'stor', name: 'stor' } };
  page.dataset.state = { word: { initialValue: '' }, wor: { initialValue: '' } };
  return page;
}

test('to another page with its query and variable, and no others', () => {
  const from = talking();
  const to = blankPage({ id: 'teen_other', label: '别的' });
  const { page, select } = commands.paste(to, '', copyText(from, find(from, 'list')), catalog);
  assert.deepEqual(Object.keys(page.dataset.query), ['stories']);
  assert.deepEqual(Object.keys(page.dataset.state), ['word']);
  assert.equal(find(page, select).component, 'DataList');
});

test('every id is new, and what followed on a listener follows on its copy', () => {
  const page = talking();
  const before = idsOf(page);
  const { page: next, select } = commands.paste(page, 'c', copyText(page, find(page, 'list')), catalog);
  const [first, second] = find(next, select).listeners;
  [select, first.id, second.id].forEach((id) => assert.ok(!before.has(id)));
  assert.equal(second.eventName, `${first.id}.done`);
  const ids = [...walk(next)].map((one) => one.node.id);
  assert.equal(new Set(ids).size, ids.length);
});

test('a query that the page has already stays as it is', () => {
  const held = { id: 'stories', name: 'stories', label: '我的' };
  const to = { ...blankPage({ id: 'x', label: 'x' }), dataset: { state: {}, params: {}, query: { stories: held } } };
  assert.equal(adopted(to, { items: [node('n')], dataset: { query: { stories: {} } } }).page.dataset.query.stories, held);
});

test('a bare CALS block, or a list of them, is taken; other text is refused in words', () => {
  assert.equal(readText(JSON.stringify(node('n'))).items.length, 1);
  assert.equal(readText(JSON.stringify([node('n'), node('m')])).items.length, 2);
  for (const text of ['', '你好', '{}', '[]', '[1]', 'null', '{"component":"Page","items":[]}', '{"items":[{"component":1}]}']) {
    assert.equal(readText(text), null, text);
  }
  const page = family();
  assert.deepEqual(commands.paste(page, '', '你好', catalog), { page, select: '', told: '剪贴板里没有组件' });
});

test('duplicating copies what is inside under new ids', () => {
  const { page, select } = commands.duplicate(family(), 'a', catalog);
  assert.equal(page.items[1].id, select);
  assert.equal(page.items[1].items.length, 2);
  const ids = [...walk(page)].map((one) => one.node.id);
  assert.equal(new Set(ids).size, ids.length);
});
