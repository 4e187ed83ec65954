/** A draft saves itself, survives the network, and never overwrites anybody. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { Autosave, QUIET_MS, keyOf, wordsOf } from '../src/model/autosave.js';
import { FakePages } from './fake_pages.js';
import { FakeClock, family, memoryStore } from './things.js';

let clock;
let store;
let server;
let saving;
const withText = (text) => ({ ...family(), label: text });

beforeEach(() => {
  clock = new FakeClock();
  store = memoryStore();
  server = new FakePages({ pages: { teen_try: { draft: { content: withText('0') }, revision: 1 } } });
  saving = open(1, server.pages.get('teen_try').draft.content);
});

function open(revision, content) {
  const save = (body) => server.call('pages.save', body);
  return new Autosave({ page: 'teen_try', revision, content, save, store, clock });
}

const onServer = () => server.pages.get('teen_try').draft.content.label;
const kept = () => store.get(keyOf('teen_try'));

test('1.5 s after the last change, once', async () => {
  saving.edited(withText('1'));
  await clock.pass(QUIET_MS - 1);
  saving.edited(withText('2'));
  await clock.pass(QUIET_MS - 1);
  assert.equal(server.asked.length, 0);
  assert.equal(saving.state, 'waiting');
  assert.equal(kept().content.label, '2');
  await clock.pass(1);
  assert.deepEqual([saving.state, saving.revision, onServer(), server.asked.length], ['saved', 2, '2', 1]);
  assert.equal(kept(), undefined);
});

test('what is typed while it is being saved is saved next', async () => {
  saving.edited(withText('1'));
  const flushed = saving.flush();
  saving.edited(withText('2'));
  saving.onChange = () => { if (saving.held !== saving.base) assert.equal(kept()?.content.label, '2'); };
  assert.equal(await flushed, true);
  assert.equal(onServer(), '2');
  assert.equal(saving.revision, 3);
});

test('without a network it is kept here, tried again, and said', async () => {
  server.isOffline = true;
  saving.edited(withText('1'));
  await clock.pass(QUIET_MS);
  assert.equal(saving.state, 'offline');
  assert.equal(kept().content.label, '1');
  assert.match(wordsOf(saving), /先存在这台电脑上/);
  await clock.pass(2000);
  assert.equal(server.asked.length, 2);
  server.isOffline = false;
  await clock.pass(5000);
  assert.deepEqual([saving.state, onServer()], ['saved', '1']);
});

test('when the network is back it does not wait', async () => {
  server.isOffline = true;
  saving.edited(withText('1'));
  await clock.pass(QUIET_MS);
  server.isOffline = false;
  saving.wake();
  await clock.pass(0);
  assert.equal(saving.state, 'saved');
});

test('somebody else saved: nothing is overwritten, nothing is lost, nothing more is sent', async () => {
  await server.call('pages.save', { page: 'teen_try', content: withText('对方'), revision: 1 });
  saving.edited(withText('我的'));
  await clock.pass(QUIET_MS);
  assert.equal(saving.state, 'conflict');
  assert.equal(saving.theirs.revision, 2);
  const asked = server.asked.length;
  saving.edited(withText('我的，再改'));
  await clock.pass(60_000);
  assert.equal(server.asked.length, asked);
  assert.equal(saving.state, 'conflict');
  assert.equal(onServer(), '对方');
  assert.equal(kept().content.label, '我的，再改');
  assert.equal(await saving.flush(), false);
});

test('a conflict is resolved by going on from theirs', async () => {
  await server.call('pages.save', { page: 'teen_try', content: withText('对方'), revision: 1 });
  saving.edited(withText('我的'));
  await clock.pass(QUIET_MS);
  saving.resolve({ revision: 2, base: withText('对方'), content: withText('合起来') });
  await clock.pass(0);
  assert.deepEqual([saving.state, onServer(), saving.revision], ['saved', '合起来', 3]);
});

test('what was not saved when the window closed goes on in the next one', async () => {
  server.isOffline = true;
  saving.edited(withText('没存上'));
  saving.stop();
  const { content, revision, base } = kept();
  assert.equal(base.label, '0');
  server.isOffline = false;
  const next = open(revision, base);
  next.edited(content);
  await clock.pass(QUIET_MS);
  assert.equal(onServer(), '没存上');
});

test('refused for good: said with its reason, still kept here', async () => {
  server.save = () => { throw Object.assign(new Error('页面太大'), { code: 'bad_request' }); };
  saving.edited(withText('大'));
  await clock.pass(QUIET_MS);
  assert.equal(saving.state, 'refused');
  assert.equal(wordsOf(saving), '没有保存：页面太大');
  assert.equal(kept().content.label, '大');
});

test('faults come with the answer', async () => {
  const page = family();
  page.items[0].attributes.text = '坏';
  saving.edited(page);
  await clock.pass(QUIET_MS);
  assert.deepEqual(saving.faults, [{ path: 'items[0].attributes.text', reason: '这段文字不行' }]);
});
