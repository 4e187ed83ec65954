/** Where something lands that is let go. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dropPlace, markBox } from '../src/model/dropping.js';
import { catalog, family } from './things.js';

const page = family();
const rects = [
  { id: 'a', x: 0, y: 0, width: 300, height: 200, axis: 'column' },
  { id: 'a1', x: 10, y: 20, width: 280, height: 40 },
  { id: 'a2', x: 10, y: 70, width: 280, height: 110, axis: 'row' },
  { id: 'x', x: 20, y: 90, width: 100, height: 70 },
  { id: 'b', x: 0, y: 210, width: 300, height: 40 },
  { id: 'c', x: 0, y: 260, width: 300, height: 40 },
];
const at = (x, y, moving) => {
  const { parent, index, mark } = dropPlace(page, rects, { x, y }, { canHold: catalog.canHold, moving });
  return [parent, index, mark.kind];
};

test('the upper half of a block is before it, the lower behind it', () => {
  assert.deepEqual(at(100, 215), ['', 1, 'before']);
  assert.deepEqual(at(100, 245), ['', 2, 'after']);
});

test('the edge of a container is beside it, its middle is inside', () => {
  assert.deepEqual(at(150, 5), ['', 0, 'before']);
  assert.deepEqual(at(150, 195), ['', 1, 'after']);
  assert.deepEqual(at(150, 65), ['a', 1, 'before']);
});

test('in a row left and right decide', () => {
  assert.deepEqual(at(30, 120), ['a2', 0, 'before']);
  assert.deepEqual(at(110, 120), ['a2', 1, 'after']);
  assert.deepEqual(at(250, 120), ['a2', 1, 'after']);
});

test('below everything is last; an empty page takes the first', () => {
  assert.deepEqual(at(100, 700), ['', 3, 'after']);
  const blank = { ...page, items: [] };
  assert.deepEqual(dropPlace(blank, [], { x: 1, y: 1 }, { canHold: catalog.canHold }).index, 0);
});

test('in the tree: below the row of a container is its first, on the row its last', () => {
  const ids = ['a', 'a1', 'a2', 'x', 'b', 'c'];
  const lines = ids.map((id, number) => ({ id, x: 0, y: number * 30, width: 200, height: 30 }));
  const drop = (y) => dropPlace(page, lines, { x: 50, y }, { canHold: catalog.canHold });
  assert.deepEqual([drop(2).parent, drop(2).index], ['', 0]);
  assert.deepEqual([drop(28).parent, drop(28).index], ['a', 0]);
  assert.deepEqual([drop(15).parent, drop(15).index, drop(15).mark.kind], ['a', 2, 'inside']);
  assert.deepEqual([drop(122).parent, drop(122).index], ['', 1]);
});

test('what is dragged never lands in itself', () => {
  assert.deepEqual(at(150, 120, 'a')[0], '');
  assert.deepEqual(at(30, 120, 'a2')[0], 'a');
});

test('the mark is a line beside a block, a box inside an empty container', () => {
  const { mark } = dropPlace(page, rects, { x: 110, y: 120 }, { canHold: catalog.canHold });
  assert.deepEqual(markBox(mark), { x: 119, y: 90, width: 3, height: 70 });
  assert.equal(markBox({ kind: 'inside', rect: rects[2], axis: 'row' }).isBox, true);
});
