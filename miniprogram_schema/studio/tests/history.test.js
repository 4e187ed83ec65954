/** Undo and redo, many steps back, and typing as one step. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { History, STEPS } from '../src/model/history.js';

test('two hundred steps back and forth give the very same pages', () => {
  const pages = Array.from({ length: 201 }, (_, number) => ({ number }));
  const history = new History(pages[0]);
  pages.slice(1).forEach((page) => history.push(page, `第 ${page.number} 步`));
  for (let number = 199; number >= 0; number -= 1) {
    assert.equal(history.undo(), `第 ${number + 1} 步`);
    assert.equal(history.page, pages[number]);
  }
  assert.equal(history.undo(), '');
  for (let number = 1; number <= 200; number += 1) {
    history.redo();
    assert.equal(history.page, pages[number]);
  }
  assert.equal(history.redo(), '');
  assert.ok(STEPS >= 100);
});

test('a new step after undoing forgets what was undone; the same page is no step', () => {
  const [first, second, third] = [{}, {}, {}];
  const history = new History(first);
  assert.equal(history.push(first, '没变'), false);
  history.push(second, '甲');
  history.undo();
  history.push(third, '乙');
  assert.equal(history.redo(), '');
  assert.equal(history.page, third);
});

test('typing in one field is one step until one pauses or goes to another field', () => {
  let now = 0;
  const history = new History({ text: '' }, () => now);
  const type = (text, key, at) => { now = at; history.push({ text }, '改了文字', key); };
  type('你', 'a.text', 0);
  type('你好', 'a.text', 300);
  type('你好呀', 'a.text', 2000);
  type('！', 'b.text', 2100);
  history.undo();
  assert.equal(history.page.text, '你好呀');
  history.undo();
  assert.equal(history.page.text, '你好');
  history.undo();
  assert.equal(history.page.text, '');
});

test('the memory has an end, the newest stay', () => {
  const history = new History({ number: 0 });
  for (let number = 1; number <= STEPS + 50; number += 1) history.push({ number }, `${number}`);
  let steps = 0;
  while (history.undo()) steps += 1;
  assert.equal(steps, STEPS);
  assert.equal(history.page.number, 50);
});
