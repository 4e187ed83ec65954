/** The desk: sign-in, claiming, unread counts, and losing a talk to someone else. */
const assert = require('node:assert/strict');
const { test } = require('node:test');
const { DeskTalk } = require('../services/desk_talk.js');
const { FakeClock, fakeStore, fault, settle } = require('./fakes.js');

const ME = { id: 'me', role: 'listener', name: '小禾', status: 'available', talks: 0, limit: 3 };

class FakeDesk {
  constructor() {
    this.isKnown = true;
    this.talks = {};
    this.waiting = [];
    this.polls = 0;
    this.changes = 0;
  }

  talk(id, seq) {
    this.talks[id] = { id, seq, state: 'open', mine: true };
    this.changes += 1;
    return this.talks[id];
  }

  messagesOf(id, after) {
    const all = Array.from({ length: this.talks[id].seq }, (_, i) => ({ seq: i + 1, cid: `${id}-${i + 1}` }));
    return all.filter((message) => message.seq > after);
  }

  call = async (action, body) => {
    await settle();
    if (!this.isKnown) throw fault('unauthenticated');
    return this[action.split('.')[1]](body);
  };

  poll({ conversation, after }) {
    this.polls += 1;
    if (conversation && !this.talks[conversation]) throw fault('not_found');
    return {
      me: ME,
      queue: { listener: this.waiting.length, counsellor: 0, heads: [] },
      talks: Object.values(this.talks),
      version: `v${this.changes}`,
      conversation: conversation ? this.talks[conversation] : null,
      messages: conversation ? this.messagesOf(conversation, after) : [],
      more: false,
    };
  }

  next() {
    const id = this.waiting.shift();
    if (!id) return { conversation: null, messages: [], more: false };
    return { conversation: this.talk(id, 2), messages: this.messagesOf(id, 0), more: false };
  }

  send({ conversation }) {
    if (!this.talks[conversation]) throw fault('conflict');
    throw fault('internal');
  }
}

function open(server = new FakeDesk()) {
  const clock = new FakeClock();
  const session = { forget() {}, join: async () => { server.isKnown = true; } };
  const desk = new DeskTalk({ session, call: server.call, store: fakeStore(), clock, onChange: () => {} });
  desk.start();
  return { desk, server, clock };
}

test('an unknown device is asked for an invitation, then goes on by itself', async () => {
  const server = new FakeDesk();
  server.isKnown = false;
  const { desk, clock } = open(server);
  await clock.pass(100);
  assert.equal(desk.phase, 'join');
  await desk.join('code', '小禾');
  await clock.pass(100);
  assert.equal(desk.phase, 'ready');
});

test('the next talk is opened with its messages; an empty queue says so', async () => {
  const { desk, server, clock } = open();
  await clock.pass(100);
  assert.equal(await desk.next(), false);
  server.waiting.push('c1');
  assert.equal(await desk.next(), true);
  assert.equal(desk.openId, 'c1');
  assert.equal(desk.transcript.messages.length, 2);
});

test('unread counts what came while another talk was open', async () => {
  const { desk, server, clock } = open();
  server.talk('c1', 4);
  server.talk('c2', 2);
  await clock.pass(100);
  desk.open('c1');
  await clock.pass(100);
  desk.open('c2');
  await clock.pass(100);
  server.talk('c1', 7);
  await clock.pass(10000);
  assert.equal(desk.unreadOf(desk.talks.find((head) => head.id === 'c1')), 3);
  assert.equal(desk.unreadOf(desk.talks.find((head) => head.id === 'c2')), 0);
});

test('a talk that went to someone else closes here; what it cannot take is dropped', async () => {
  const { desk, server, clock } = open();
  server.talk('c1', 1);
  await clock.pass(100);
  desk.open('c1');
  await clock.pass(100);
  delete server.talks.c1;
  desk.send('晚了');
  await clock.pass(10000);
  assert.equal(desk.openId, '');
  assert.equal(desk.conversation, null);
  assert.deepEqual(desk.outbox.entries, []);
});

test('the loop keeps asking, so the lease keeps being renewed', async () => {
  const { server, clock } = open();
  await clock.pass(60000);
  assert.ok(server.polls >= 8);
});
