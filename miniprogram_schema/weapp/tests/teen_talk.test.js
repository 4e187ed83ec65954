/** What a teen wrote or wished for is neither lost nor doubled, whatever the network does. */
const assert = require('node:assert/strict');
const { test } = require('node:test');
const { TeenTalk } = require('../services/teen_talk.js');
const { FakeClock, FakeServer, fakeStore } = require('./fakes.js');

function open({ server = new FakeServer(), store = fakeStore(), clock = new FakeClock() } = {}) {
  const talk = new TeenTalk({ call: server.call, store, clock, onChange: () => {} });
  talk.start();
  return { talk, server, store, clock };
}

const textsOf = (server) => server.messages.map((message) => message.text);

test('a text goes once and leaves the outbox', async () => {
  const { talk, server, store, clock } = open();
  await clock.pass(10);
  talk.send('你好');
  await clock.pass(100);
  assert.deepEqual(textsOf(server), ['你好']);
  assert.deepEqual(talk.pending, []);
  assert.equal(store.get('outbox.chat'), undefined);
  assert.deepEqual(talk.transcript.messages.map((message) => message.text), ['你好']);
});

test('lost replies do not double a text', async () => {
  const { talk, server, clock } = open();
  await clock.pass(10);
  server.losesReplies = 3;
  talk.send('只有一次');
  await clock.pass(60000);
  assert.deepEqual(textsOf(server), ['只有一次']);
  assert.deepEqual(talk.pending, []);
});

test('texts written offline survive a restart and arrive in order', async () => {
  const server = new FakeServer();
  server.down = true;
  const first = open({ server });
  first.talk.send('一');
  first.talk.send('二');
  await first.clock.pass(5000);
  first.talk.stop();
  assert.equal(first.talk.pending.length, 2);
  assert.ok(first.talk.problem);

  server.down = false;
  const second = open({ server, store: fakeStore(first.store.values) });
  assert.deepEqual(second.talk.pending.map((entry) => entry.text), ['一', '二']);
  await second.clock.pass(1000);
  assert.deepEqual(textsOf(server), ['一', '二']);
  assert.deepEqual(second.talk.pending, []);
});

test('the network comes back: nothing waits for the pause', async () => {
  const { talk, server, clock } = open();
  await clock.pass(10);
  server.down = true;
  talk.send('在吗');
  await clock.pass(60000);
  server.down = false;
  talk.wake();
  await clock.pass(1);
  assert.deepEqual(textsOf(server), ['在吗']);
  assert.equal(talk.problem, null);
});

test('a text that meets a closed talk goes into a new one by itself', async () => {
  const { talk, server, clock } = open();
  await clock.pass(10);
  server.state = 'closed';
  talk.send('晚了一步');
  await clock.pass(5000);
  assert.equal(server.id, 'c2');
  assert.deepEqual(textsOf(server), ['晚了一步']);
  assert.deepEqual(talk.pending, []);
  assert.equal(talk.phase, 'open');
});

test('the wish for a person goes along into a new talk', async () => {
  const { talk, server, clock } = open();
  await clock.pass(10);
  server.state = 'closed';
  talk.askPerson();
  await clock.pass(5000);
  assert.equal(server.id, 'c2');
  assert.ok(server.waiting);
  assert.equal(talk.wantsPerson, false);
});

test('leaving is at once here and told to the server when it can be reached', async () => {
  const { talk, server, store, clock } = open();
  await clock.pass(10);
  server.down = true;
  talk.leave();
  assert.equal(talk.phase, 'left');
  await clock.pass(5000);
  assert.deepEqual(server.closing, []);
  server.down = false;
  await clock.pass(60000);
  assert.deepEqual(server.closing, ['c1']);
  assert.equal(store.get('leaving'), undefined);
});

test('the wish for a person outlives a dead network', async () => {
  const { talk, server, clock } = open();
  await clock.pass(10);
  server.down = true;
  talk.askPerson();
  await clock.pass(3000);
  assert.equal(talk.wantsPerson, true);
  server.down = false;
  await clock.pass(60000);
  assert.equal(talk.wantsPerson, false);
  assert.equal(talk.conversation.waiting.position, 1);
});

test('a server that may not hold questions is asked less and less often', async () => {
  const { server, clock } = open();
  await clock.pass(60000);
  const polls = server.calls.filter((action) => action === 'chat.poll').length;
  assert.ok(polls >= 8 && polls <= 20, `${polls} polls in a minute`);
});

test('stopped in the background, resumed at once', async () => {
  const { talk, server, clock } = open();
  await clock.pass(10);
  talk.stop();
  const before = server.calls.length;
  await clock.pass(60000);
  assert.equal(server.calls.length, before);
  server.push('ai', '还在吗');
  talk.wake();
  await clock.pass(1);
  assert.deepEqual(talk.transcript.messages.map((message) => message.text), ['还在吗']);
});

test('an older view never replaces a newer one', async () => {
  const { talk, clock } = open();
  await clock.pass(10);
  const conversation = { id: 'c1', state: 'open', seq: 5, waiting: null };
  talk.take({ conversation, messages: [], more: false });
  talk.take({ conversation: { ...conversation, seq: 3, state: 'closed' }, messages: [], more: false });
  assert.equal(talk.conversation.seq, 5);
});

test('a yes to a message of WeChat is told once, and asked for again when it is used up', async () => {
  const { talk, server, clock } = open();
  await clock.pass(10);
  assert.equal(talk.noticing, '');
  server.waiting = { since: 1, position: 1, minutes: null };
  server.notice = 'template';
  server.push('ai', '我在');
  await clock.pass(60000);
  assert.equal(talk.noticing, 'offer');
  talk.answerNotice(true);
  assert.equal(talk.noticing, 'yes');
  await clock.pass(60000);
  assert.equal(server.notices.length, 1);
  assert.equal(talk.noticing, 'yes');
  server.notice = 'template';
  server.push('ai', '还在');
  await clock.pass(60000);
  assert.equal(talk.noticing, 'offer');
});

test('a no to a message is not asked again in the same talk, and a lost yes is told later', async () => {
  const { talk, server, clock } = open();
  await clock.pass(10);
  Object.assign(server, { waiting: { since: 1, position: 1, minutes: null }, notice: 'template' });
  server.push('ai', '我在');
  await clock.pass(60000);
  server.down = true;
  talk.answerNotice(true);
  await clock.pass(60000);
  assert.equal(server.notices.length, 0);
  server.down = false;
  await clock.pass(60000);
  assert.equal(server.notices.length, 1);
  talk.answerNotice(false);
  server.notice = 'template';
  server.push('ai', '还在');
  await clock.pass(60000);
  assert.equal(talk.noticing, 'no');
  assert.equal(server.notices.length, 1);
});
