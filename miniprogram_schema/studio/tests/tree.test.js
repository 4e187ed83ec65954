/** Blocks are put in, moved and taken out, and a page never changes in place. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as commands from '../src/model/commands.js';
import { renamed } from '../src/model/page.js';
import { find, insert, isInside, itemsOf, locate, move, remove, update, walk } from '../src/model/tree.js';
import { block, catalog, family, node } from './things.js';

const order = (page) => [...walk(page)].map(({ node: { id }, depth }) => `${'-'.repeat(depth)}${id}`).join(' ');

/** Freezes a page through and through, so that a change in place would throw. */
function frozen(value) {
  if (value && typeof value === 'object') Object.values(value).forEach(frozen);
  return Object.freeze(value);
}

test('operations give a new page and share what did not change', () => {
  const page = frozen(family());
  const next = update(page, 'x', (held) => ({ ...held, label: '里面' }));
  assert.equal(find(next, 'x').label, '里面');
  assert.equal(find(page, 'x').label, undefined);
  assert.equal(find(next, 'b'), find(page, 'b'));
  assert.equal(update(page, 'nobody', (held) => ({ ...held })), page);
});

test('insert and remove at any depth', () => {
  const page = frozen(family());
  assert.equal(order(insert(page, node('n'), { parent: 'a2', index: 0 })), 'a -a1 -a2 --n --x b c');
  assert.equal(order(insert(page, [node('n'), node('m')], { parent: '', index: 1 })), 'a -a1 -a2 --x n m b c');
  assert.equal(order(remove(page, 'a')), 'b c');
  assert.equal(remove(page, 'nobody'), page);
});

test('move: up, down, in, out; the index is the one seen before moving', () => {
  const page = frozen(family());
  assert.equal(order(move(page, 'c', { parent: '', index: 0 })), 'c a -a1 -a2 --x b');
  assert.equal(order(move(page, 'a', { parent: '', index: 3 })), 'b c a -a1 -a2 --x');
  assert.equal(order(move(page, 'b', { parent: 'a2', index: 1 })), 'a -a1 -a2 --x --b c');
  assert.equal(order(move(page, 'x', { parent: '', index: 1 })), 'a -a1 -a2 x b c');
});

test('a block never goes into itself, and a move to where it is changes nothing', () => {
  const page = family();
  assert.equal(move(page, 'a', { parent: 'a', index: 0 }), page);
  assert.equal(move(page, 'a', { parent: 'a2', index: 0 }), page);
  assert.equal(move(page, 'b', { parent: '', index: 1 }), page);
  assert.equal(move(page, 'b', { parent: '', index: 2 }), page);
  assert.ok(isInside(page, 'x', 'a'));
});

test('something new goes into a selected container, else behind what is selected, else last', () => {
  const page = family();
  assert.deepEqual(commands.placeAfter(page, 'a2', catalog), { parent: 'a2', index: 1 });
  assert.deepEqual(commands.placeAfter(page, 'b', catalog), { parent: '', index: 2 });
  assert.deepEqual(commands.placeAfter(page, '', catalog), { parent: '', index: 3 });
  const { page: next, select, told } = commands.add(page, block('Section'), { parent: '', index: 0 }, catalog);
  assert.equal(next.items[0].id, select);
  assert.match(select, /^section_[a-z0-9]{4}$/);
  assert.deepEqual(next.items[0].items, []);
  assert.equal(told, '加了分区');
});

test('keys move and nest; at an end they say so and change nothing', () => {
  const page = family();
  assert.equal(order(commands.shift(page, 'b', -1, catalog).page), 'b a -a1 -a2 --x c');
  assert.equal(order(commands.shift(page, 'b', 1, catalog).page), 'a -a1 -a2 --x c b');
  assert.equal(commands.shift(page, 'c', 1, catalog).page, page);
  assert.equal(commands.shift(page, 'c', 1, catalog).told, '已经在最后面了');
  assert.equal(order(commands.nest(page, 'b', catalog).page), 'a -a1 -a2 --x -b c');
  assert.equal(commands.nest(page, 'c', catalog).page, page);
  assert.equal(order(commands.unnest(page, 'x', catalog).page), 'a -a1 -a2 -x b c');
  assert.equal(commands.unnest(page, 'b', catalog).page, page);
  assert.match(commands.nest(page, 'b', catalog).told, /在分区里第 3 个，共 3 个/);
});

test('deleting selects what is near, in the end the container', () => {
  const page = family();
  assert.equal(commands.removeNode(page, 'b', catalog).select, 'c');
  assert.equal(commands.removeNode(page, 'c', catalog).select, 'b');
  assert.equal(commands.removeNode(page, 'x', catalog).select, 'a2');
  assert.equal(commands.removeNode(page, 'c', catalog).told, '删除了按钮「按我」');
});

test('walking by arrows leaves out what is folded', () => {
  const page = family();
  const next = (id, by, closed = []) => commands.neighbour(page, id, by, (one) => closed.includes(one));
  assert.equal(next('a', 1), 'a1');
  assert.equal(next('a', 1, ['a']), 'b');
  assert.equal(next('c', 1), 'c');
  assert.equal(next('b', -1, ['a2']), 'a2');
  assert.equal(itemsOf(page, 'a').length, 2);
  assert.equal(locate(page, 'x').depth, 2);
});

test('a copy of a page that asks for itself asks for itself', () => {
  const query = { count: { method: { name: 'forms.count', params: { page: 'template_a', form: 'f' } } } };
  const page = frozen({ ...family(), id: 'template_a', dataset: { state: {}, params: {}, query } });
  const copy = renamed(page, 'teen_b', '报名');
  assert.deepEqual(copy.dataset.query.count.method.params, { page: 'teen_b', form: 'f' });
  assert.deepEqual([copy.id, copy.label, copy.attributes.title], ['teen_b', '报名', '报名']);
  assert.equal(page.dataset.query.count.method.params.page, 'template_a');
});
