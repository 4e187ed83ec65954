/** What differs is told in Chinese, by names that a coordinator gave, and nothing is told twice. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differences } from '../src/model/difference.js';
import { stayers } from '../src/model/order.js';
import { insert, move, remove, update } from '../src/model/tree.js';
import { catalog, family, methods, node } from './things.js';

const told = (older, newer) => differences(older, newer, catalog, methods)
  .map(({ text, was, now }) => (was === undefined ? text : `${text}：${was} → ${now}`));
const set = (page, id, part, value) => update(page, id, (held) => ({ ...held, [part]: { ...held[part], ...value } }));

test('the same page, or with its keys in another order, has no differences', () => {
  const page = family();
  const again = JSON.parse(JSON.stringify(page, (key, value) =>
    (value && typeof value === 'object' && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).reverse()) : value)));
  assert.deepEqual(told(page, again), []);
});

test('added and removed, with what is inside, once', () => {
  const page = family();
  const more = insert(page, node('new', 'Section', { attributes: { title: '新的' }, items: [node('n1')] }), { parent: 'a', index: 0 });
  assert.deepEqual(told(page, more), ['加了分区「新的」（连同里面的 1 个组件），在分区里']);
  assert.deepEqual(told(more, page), ['删除了分区「新的」（连同里面的 1 个组件）']);
  assert.deepEqual(told(page, remove(page, 'b')), ['删除了文字「第二段」']);
});

test('moved: only what left the order, and into which container', () => {
  const page = family();
  assert.deepEqual(told(page, move(page, 'c', { parent: '', index: 0 })), ['移动了按钮「按我」']);
  assert.deepEqual(told(page, move(page, 'b', { parent: 'a2', index: 0 })), ['移动了文字「第二段」到分区里']);
  assert.deepEqual(told(page, move(page, 'x', { parent: '', index: 0 })), ['移动了文字到最外层']);
});

test('a property by its title, old and new, choices by their words', () => {
  const page = family();
  assert.deepEqual(told(page, set(page, 'b', 'attributes', { text: '新的话', tone: 'soft' })), [
    '改了文字「新的话」的文字：第二段 → 新的话', '改了文字「新的话」的颜色：（空） → 浅一些',
  ]);
  assert.deepEqual(told(page, set(page, 'b', 'attributes', { ':text': '$page.params.a' })), [
    '改了文字「第二段」的文字（来自数据）：（空） → $page.params.a',
  ]);
});

test('conditions, what a tap does, the page itself and its data', () => {
  const page = family();
  const listeners = [{ id: 'on_1', eventName: 'tap', handler: { module: 'platform', name: 'openChat', params: {} } }];
  const next = {
    ...set(update(page, 'c', (held) => ({ ...held, listeners })), 'b', 'directives', { ':if': 'empty($page.state.a)' }),
    attributes: { ...page.attributes, audience: 'staff' },
    dataset: { ...page.dataset, state: { a: { label: '甲', initialValue: '' } } },
  };
  assert.deepEqual(told(page, next), [
    '改了页面的给谁看：同学 → 工作人员', '加了变量“甲”', '改了文字「第二段」的显示的条件：（空） → empty($page.state.a)',
    '改了按钮「按我」的“点按钮”以后做的事：什么也不做 → 打开聊聊',
  ]);
});

test('long values are shortened', () => {
  const page = family();
  const [line] = told(page, set(page, 'b', 'attributes', { text: '长'.repeat(3000) }));
  assert.ok(line.length < 200);
});

test('the longest run that kept its order', () => {
  assert.deepEqual([...stayers([2, 0, 1])].sort(), [1, 2]);
  assert.deepEqual([...stayers([0, 1, 2])].sort(), [0, 1, 2]);
  assert.equal(stayers([3, 2, 1]).size, 1);
  assert.equal(stayers([]).size, 0);
});
