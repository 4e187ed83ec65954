/** The frame is asked only when it is ready, one page at a time, and strangers are not heard. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { Preview } from '../src/services/preview.js';

let preview;
let frame;
let told;
let heard;

beforeEach(() => {
  told = [];
  heard = [];
  const listeners = [];
  frame = { contentWindow: { postMessage: (message) => told.push(message) } };
  const window = { location: { origin: 'http://here' }, addEventListener: (_, run) => listeners.push(run), removeEventListener() {} };
  preview = new Preview({ window, on: { select: (fields) => heard.push(fields) } });
  preview.say = (data, more = {}) => listeners[0]({ origin: 'http://here', source: frame.contentWindow, data, ...more });
  preview.attach(frame);
});

const pages = () => told.filter((one) => one.type === 'studio:page').map((one) => one.page);

test('nothing is drawn before the frame is ready, then the last', () => {
  preview.draw({ page: 1 });
  preview.draw({ page: 2 });
  assert.deepEqual(pages(), []);
  preview.say({ type: 'studio:ready' });
  assert.deepEqual(pages(), [2]);
});

test('while one is drawn the next waits, and only the newest is drawn', () => {
  preview.say({ type: 'studio:ready' });
  [1, 2, 3].forEach((page) => preview.draw({ page }));
  assert.deepEqual(pages(), [1]);
  preview.say({ type: 'studio:drawn' });
  assert.deepEqual(pages(), [1, 3]);
  preview.say({ type: 'studio:drawn' });
  assert.deepEqual(pages(), [1, 3]);
});

test('a frame that was loaded anew gets the page again', () => {
  preview.say({ type: 'studio:ready' });
  preview.draw({ page: 1 });
  preview.say({ type: 'studio:ready' });
  assert.deepEqual(pages(), [1, 1]);
});

test('other origins, other windows and other messages are not heard', () => {
  preview.say({ type: 'studio:select', id: 'a' }, { origin: 'http://there' });
  preview.say({ type: 'studio:select', id: 'a' }, { source: {} });
  preview.say({ type: 'select', id: 'a' });
  preview.say(null);
  assert.deepEqual(heard, []);
  preview.say({ type: 'studio:select', id: 'a' });
  assert.deepEqual(heard, [{ id: 'a' }]);
});
