/** One page open in the studio: steps, saving, conflicts and files, against a server in memory. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { createConflict } from '../src/editor/conflict.js';
import { Editor, keptDraft } from '../src/editor/editor.js';
import { commandOf, nameOfKey } from '../src/editor/keys.js';
import * as commands from '../src/model/commands.js';
import { placeOf } from '../src/model/faults.js';
import { exportText, freshPageId, importPage, isPageId } from '../src/model/page.js';
import { find, update } from '../src/model/tree.js';
import { FakePages } from './fake_pages.js';
import { FakeClock, catalog, family, memoryStore, methods } from './things.js';

let server;
let clock;

beforeEach(() => {
  clock = new FakeClock();
  server = Object.assign(new FakePages({ pages: { teen_try: { draft: { content: family(), by: '小运' }, revision: 1 } } }), { store: memoryStore() });
});

async function open() {
  const opened = await server.call('pages.read', { page: 'teen_try' });
  return new Editor({ opened, server, catalog, methods, pages: [], clock, kept: keptDraft(server.store, 'teen_try') });
}

const write = (editor, id, text) => editor.apply({ page: update(editor.page, id, (held) => ({ ...held, attributes: { text } })), told: '改了文字' });
const textOf = (page, id) => find(page, id).attributes.text;

/** Somebody else saved, then I change something. */
async function inConflict() {
  const editor = await open();
  const theirs = update(family(), 'c', (held) => ({ ...held, attributes: { text: '对方' } }));
  await server.call('pages.save', { page: 'teen_try', content: theirs, revision: 1 });
  write(editor, 'b', '我的');
  await clock.pass(1500);
  assert.equal(editor.state.saving.state, 'conflict');
  const conflict = createConflict(editor, server);
  return { editor, conflict, theirs: await conflict.read() };
}

test('a step is saved and can be undone; undoing is saved too', async () => {
  const editor = await open();
  editor.apply(commands.removeNode(editor.page, 'b', catalog));
  await clock.pass(1500);
  assert.equal(find(server.pages.get('teen_try').draft.content, 'b'), null);
  assert.equal(editor.state.undoable, '删除了文字「第二段」');
  editor.undo();
  await clock.pass(1500);
  assert.ok(find(server.pages.get('teen_try').draft.content, 'b'));
  assert.match(editor.state.told, /撤销了：删除了文字/);
});

test('mine on top of theirs: both are there, on the server too', async () => {
  const { editor, conflict, theirs } = await inConflict();
  conflict.merge(theirs);
  await clock.pass(0);
  const saved = server.pages.get('teen_try').draft.content;
  assert.deepEqual([textOf(saved, 'b'), textOf(saved, 'c'), editor.state.saving.state], ['我的', '对方', 'saved']);
});

test('theirs is taken, and mine comes back by undoing', async () => {
  const { editor, conflict, theirs } = await inConflict();
  conflict.take(theirs);
  assert.deepEqual([textOf(editor.page, 'b'), textOf(editor.page, 'c')], ['第二段', '对方']);
  editor.undo();
  assert.equal(textOf(editor.page, 'b'), '我的');
});

test('mine becomes a page of its own, theirs stays here', async () => {
  const { editor, conflict, theirs } = await inConflict();
  await conflict.copy(theirs);
  const copy = [...server.pages].find(([id]) => id !== 'teen_try');
  assert.equal(textOf(copy[1].draft.content, 'b'), '我的');
  assert.equal(copy[1].draft.content.id, copy[0]);
  assert.equal(textOf(editor.page, 'c'), '对方');
});

test('the page was removed meanwhile: mine can be saved as it was', async () => {
  const editor = await open();
  server.pages.delete('teen_try');
  server.pages.set('teen_try', { draft: null, revision: 9, live: 0, versions: [] });
  write(editor, 'b', '我的');
  await clock.pass(1500);
  assert.equal(editor.state.saving.state, 'conflict');
  server.pages.delete('teen_try');
  const conflict = createConflict(editor, server);
  conflict.merge(await conflict.read());
  await clock.pass(0);
  assert.equal(textOf(server.pages.get('teen_try').draft.content, 'b'), '我的');
});

test('what could not be saved is there when the page is opened again', async () => {
  const first = await open();
  server.isOffline = true;
  write(first, 'b', '没存上');
  await clock.pass(1500);
  first.autosave.stop();
  server.isOffline = false;
  const second = await open();
  assert.equal(textOf(second.page, 'b'), '没存上');
  await clock.pass(1500);
  assert.equal(textOf(server.pages.get('teen_try').draft.content, 'b'), '没存上');
});

test('a draft kept here from before somebody else saved is a conflict, not an overwriting', async () => {
  const first = await open();
  server.isOffline = true;
  write(first, 'b', '没存上');
  first.autosave.stop();
  server.isOffline = false;
  await server.call('pages.save', { page: 'teen_try', content: family(), revision: 1 });
  const second = await open();
  await clock.pass(1500);
  assert.equal(second.state.saving.state, 'conflict');
  assert.equal(textOf(second.page, 'b'), '没存上');
});

test('a fault leads to its block and field', () => {
  const page = family();
  assert.deepEqual(placeOf(page, 'items[0].items[1].items[0].attributes.text'), { id: 'x', field: 'attributes.text' });
  assert.deepEqual(placeOf(page, 'attributes.title'), { id: '', field: 'attributes.title' });
  assert.deepEqual(placeOf(page, 'items[9].attributes'), { id: '', field: 'items[9].attributes' });
  assert.deepEqual(placeOf(page, ''), { id: '', field: '' });
});

test('a page goes out as a file and comes back the same; other files are refused in words', () => {
  const page = family();
  assert.deepEqual(importPage(exportText(page)), page);
  for (const text of ['', '{', 'null', '[]', '{"component":"Text"}', '{"component":"Page"}']) {
    assert.throws(() => importPage(text), /文件/, text);
  }
  assert.throws(() => importPage(' '.repeat(400_000)), /300 KB/);
});

test('new page ids are such as the server takes', () => {
  for (const audience of ['teen', 'staff', 'anyone']) assert.ok(isPageId(freshPageId([], audience)));
  assert.ok(!isPageId('Teen') && !isPageId('1a') && !isPageId('a'));
});

test('keys: Mac and PC, and not while one writes', () => {
  const key = (name, more = {}) => ({ key: name, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...more });
  assert.equal(nameOfKey(key('z', { metaKey: true, shiftKey: true })), 'Ctrl+Shift+Z');
  assert.equal(commandOf(key('z', { ctrlKey: true }), false), 'undo');
  assert.equal(commandOf(key('z', { ctrlKey: true }), true), '');
  assert.equal(commandOf(key('s', { ctrlKey: true }), true), 'save');
  assert.equal(commandOf(key('Delete'), true), '');
  assert.equal(commandOf(key('ArrowUp', { altKey: true }), false), 'up');
});
