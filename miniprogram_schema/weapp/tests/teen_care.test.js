/** Waiting, the end of a talk, the two questions, consent, long talks, and the background. */
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { createWire } = require('../services/api.js');
const { TeenTalk } = require('../services/teen_talk.js');
const { FakeClock, FakeServer, fakeStore, fault, settle } = require('./fakes.js');

const BLOCKS = path.join(__dirname, '..', '..', 'components');
const { leftOf } = require(path.join(BLOCKS, 'shared', 'left.js'));
const { itemsOf } = require(path.join(BLOCKS, 'shared', 'view.js'));
const { waitOf } = require(path.join(BLOCKS, 'shared', 'wait.js'));
const { MOST, MessageWindow } = require(path.join(BLOCKS, 'shared', 'window.js'));

const MINUTE = 60000;
const CHUNK = 32;

/** With the actions beside the talk itself; `refused` names an action that is refused for good. */
class CareServer extends FakeServer {
  constructor() {
    super();
    this.bodies = [];
    this.surveyed = [];
    this.safety = false;
    this.hangs = '';
    this.refused = '';
    this.training = null;
    this.held = this.call;
    this.call = (action, body, options = {}) => {
      this.bodies.push({ action, ...body });
      if (action === this.refused) return Promise.reject(fault('bad_request'));
      if (action === this.hangs) return this.hang(options);
      const [feature, name] = action.split('.');
      if (feature === 'account' || name === 'survey') return this.beside(name, body);
      return this.held(action, body, options);
    };
  }

  of(action) {
    return this.bodies.filter((one) => one.action === action);
  }

  /** A line that is dead: nothing comes until it is dropped. */
  hang({ onTask }) {
    return new Promise((resolve, reject) => {
      if (onTask) onTask({ abort: () => reject(fault('aborted')) });
    });
  }

  async beside(name, body) {
    await settle();
    if (this.down) throw fault('offline');
    if (name === 'consent') {
      this.training = body.training;
      return { training: body.training };
    }
    this.surveyed = [...this.surveyed, body.when];
    return { ...this.view(), messages: [] };
  }

  long(count) {
    for (let seq = 1; seq <= count; seq += 1) this.push(seq % 2 ? 'teen' : 'ai', `第${seq}句`);
  }

  view(after = 0) {
    const page = super.view(after);
    const { surveyed, safety } = this;
    Object.assign(page.conversation, { surveyed, safety, closed_by: this.closedBy || null });
    return { ...page, messages: page.messages.slice(0, 100), more: page.messages.length > 100 };
  }

  enter() {
    if (this.state === 'closed') this.waiting = null;
    super.enter();
    return this.view(Math.max(0, this.messages.length - CHUNK));
  }

  history({ before }) {
    const from = Math.max(1, before - CHUNK);
    return { messages: this.messages.slice(from - 1, before - 1), more: from > 1 };
  }

  send(body) {
    const page = super.send(body);
    return { ...page, message: this.messages.find((one) => one.cid === body.cid) };
  }
}

function open({ server = new CareServer(), store = fakeStore(), clock = new FakeClock() } = {}) {
  const problems = [];
  const talk = new TeenTalk({
    call: server.call, store, clock, onChange: () => talk && problems.push(talk.problem),
  });
  talk.start();
  return { talk, server, store, clock, problems };
}

const said = (server) => server.messages.filter((one) => one.from === 'teen').map((one) => one.text);

test('the wait is told by who is ahead, and no time is told where there is none', () => {
  assert.equal(waitOf({ position: 3, minutes: 10 }, 2, false, false).text, '前面还有 2 位，大约 10 分钟');
  const unknown = waitOf({ position: 3, minutes: null }, 2, false, false);
  assert.deepEqual([unknown.text, unknown.note], ['前面还有 2 位', '还说不准要等多久，我会一直陪着']);
  assert.ok(!waitOf({ position: 1, minutes: 300 }, 2, false, false).text.includes('300'));
  assert.ok(waitOf({ position: 4, minutes: 5 }, 2, false, true).note.includes('你的位置还在'));
  assert.ok(waitOf({ position: 1, minutes: null }, 0, false, false).note.includes('都不在线'));
});

test('the end of a talk with a person is told early, quietly near it, and never shuts a door', () => {
  const end = new Date(2026, 10, 20, 15, 30).getTime();
  assert.deepEqual(leftOf(end, end - 50 * MINUTE), { text: '这次大约聊到 15:30', isNear: false });
  const near = leftOf(end, end - 8 * MINUTE);
  assert.ok(near.isNear && near.text.includes('8 分钟'));
  assert.ok(leftOf(end, end + MINUTE).text.includes('下次'));
});

test('the end is told on the clock of the device, however wrong that is', async () => {
  const { talk, server, clock } = open();
  await clock.pass(10);
  server.push = (from, text, cid) => server.messages.push({
    seq: server.messages.length + 1, cid, from, kind: 'text', text, at: clock.now() + 7 * MINUTE,
  });
  talk.send('你好');
  await clock.pass(100);
  assert.ok(Math.abs(talk.localTime(clock.now() + 7 * MINUTE) - clock.now()) < 200);
});

test('what the platform interrupts is told apart, kept, and sent with the same cid', async () => {
  const post = createWire({ base: '', request: (asked) => asked.fail({ errMsg: 'request:fail interrupted' }) });
  await assert.rejects(post('chat.send', {}), { code: 'interrupted' });

  const { talk, server, clock, store } = open();
  await clock.pass(10);
  const { held } = server;
  let cuts = 2;
  server.held = async (action, body, options) => {
    if (action === 'chat.send' && cuts) {
      cuts -= 1;
      throw fault('interrupted');
    }
    return held(action, body, options);
  };
  talk.send('还在吗');
  talk.rest();
  await clock.pass(1);
  assert.equal(store.get('outbox.chat').length, 1);
  talk.wake();
  await clock.pass(MINUTE);
  assert.deepEqual(said(server), ['还在吗']);
  assert.equal(new Set(server.of('chat.send').map((one) => one.cid)).size, 1);
  assert.equal(server.of('chat.send').length, 3);
});

test('a send that hangs on a dead line is tried anew at once when the network changes', async () => {
  const { talk, server, clock } = open();
  await clock.pass(10);
  server.hangs = 'chat.send';
  talk.send('换了网');
  await clock.pass(5000);
  assert.deepEqual(said(server), []);
  server.hangs = '';
  talk.reconnect();
  await clock.pass(10);
  assert.deepEqual(said(server), ['换了网']);
  assert.equal(new Set(server.of('chat.send').map((one) => one.cid)).size, 1);
  assert.deepEqual(talk.pending, []);
});

test('in the background one question may end, none is asked, no trouble is told; then at once', async () => {
  const { talk, server, clock, problems } = open();
  await clock.pass(10);
  server.hangs = 'chat.poll';
  talk.wake();
  await clock.pass(10);
  talk.rest();
  const asked = server.of('chat.poll').length;
  talk.loop.task.abort();
  await clock.pass(10 * MINUTE);
  assert.equal(server.of('chat.poll').length, asked);
  assert.ok(problems.every((problem) => problem === null));
  talk.reconnect();
  await clock.pass(1000);
  assert.equal(server.of('chat.poll').length, asked);
  server.hangs = '';
  server.push('listener', '我来了');
  talk.wake();
  await clock.pass(1);
  assert.equal(talk.transcript.messages.length, 1);
});

test('a place that cannot hold questions is asked ever less, and soon again after a word', async () => {
  const { talk, server, clock } = open();
  await clock.pass(10 * MINUTE);
  const before = server.of('chat.poll').length;
  await clock.pass(MINUTE);
  const idle = server.of('chat.poll').length - before;
  assert.ok(idle >= 3 && idle <= 6, `${idle} polls in an idle minute`);
  talk.send('在吗');
  await clock.pass(500);
  server.push('listener', '在');
  await clock.pass(2000);
  assert.ok(talk.transcript.messages.some((message) => message.text === '在'));
});

test('the questions come while one waits, once, and skipping holds over a restart', async () => {
  const { talk, server, clock, store } = open();
  await clock.pass(10);
  assert.equal(talk.surveyDue, '');
  talk.askPerson();
  await clock.pass(100);
  assert.equal(talk.surveyDue, 'before');
  talk.answerSurvey('before', null);
  assert.equal(talk.surveyDue, '');
  const again = open({ server, store: fakeStore(store.values) });
  await again.clock.pass(100);
  assert.ok(again.talk.conversation.waiting);
  assert.equal(again.talk.surveyDue, '');
  assert.equal(server.of('chat.survey').length, 0);
});

test('the questions are not asked of one in danger, nor where the server holds answers', async () => {
  const { talk, server, clock } = open();
  await clock.pass(10);
  server.safety = true;
  talk.askPerson();
  await clock.pass(5000);
  assert.equal(talk.surveyDue, '');
  Object.assign(server, { safety: false, surveyed: ['before'] });
  await clock.pass(10000);
  assert.equal(talk.surveyDue, '');
  Object.assign(server, { state: 'closed' });
  await clock.pass(20000);
  assert.equal(talk.surveyDue, 'after');
});

test('an answer given offline is told once, later, and never holds up what is written', async () => {
  const { talk, server, clock } = open();
  await clock.pass(10);
  talk.askPerson();
  await clock.pass(100);
  server.down = true;
  talk.answerSurvey('before', { hard: 4, heard: 2 });
  await clock.pass(5000);
  assert.deepEqual(server.surveyed, []);
  server.down = false;
  talk.wake();
  await clock.pass(MINUTE);
  assert.deepEqual(server.surveyed, ['before']);
  const heard = server.of('chat.survey').pop();
  assert.deepEqual([heard.when, heard.hard, heard.heard], ['before', 4, 2]);

  server.refused = 'chat.survey';
  talk.answerSurvey('after', { hard: 1, heard: 5 });
  talk.send('接着说');
  server.push('ai', '我在听');
  await clock.pass(20000);
  assert.deepEqual(said(server), ['接着说']);
  assert.ok(talk.transcript.messages.some((message) => message.text === '我在听'));
  assert.deepEqual(talk.errands.waiting, []);
});

test('after the end the answer reaches the ended talk, also when a new one is open', async () => {
  const { talk, server, clock } = open();
  await clock.pass(10);
  server.state = 'closed';
  await clock.pass(10000);
  assert.equal(talk.phase, 'closed');
  server.down = true;
  talk.answerSurvey('after', { hard: 2, heard: 4 });
  await clock.pass(100);
  server.down = false;
  talk.again();
  await clock.pass(1000);
  assert.equal(server.of('chat.survey').pop().conversation, 'c1');
  assert.equal(talk.conversation.id, 'c2');
  assert.equal(talk.phase, 'open');
});

test('closed by silence: one tap is a new talk', async () => {
  const { talk, server, clock } = open();
  await clock.pass(10);
  Object.assign(server, { state: 'closed', closedBy: 'silence' });
  await clock.pass(10000);
  assert.deepEqual([talk.phase, talk.conversation.closed_by], ['closed', 'silence']);
  talk.again();
  await clock.pass(100);
  assert.deepEqual([talk.phase, talk.conversation.id], ['open', 'c2']);
});

test('a closed talk that is opened again to look after the teen comes back on show', async () => {
  const { talk, server, clock } = open();
  await clock.pass(10);
  server.state = 'closed';
  await clock.pass(10000);
  talk.rest();
  server.state = 'open';
  server.push('counsellor', '这几天怎么样');
  talk.wake();
  await clock.pass(10);
  assert.equal(talk.phase, 'open');
  assert.equal(talk.transcript.messages.length, 1);
});

test('who has left is not brought back by a text that was still on its way', async () => {
  const { talk, server, clock } = open();
  await clock.pass(10);
  server.hangs = 'chat.send';
  talk.send('没发完');
  await clock.pass(10);
  talk.leave();
  await clock.pass(10);
  assert.deepEqual(server.closing, ['c1']);
  server.hangs = '';
  talk.wake();
  await clock.pass(30000);
  assert.equal(talk.phase, 'left');
  assert.deepEqual(said(server), []);
  talk.again();
  await clock.pass(1000);
  assert.deepEqual([server.id, said(server)], ['c2', ['没发完']]);
});

test('consent is off until said, kept until heard, and its withdrawal too', async () => {
  const { talk, server, store, clock } = open();
  await clock.pass(10);
  assert.equal(talk.consents, false);
  server.down = true;
  talk.setConsent(true);
  await clock.pass(100);
  assert.deepEqual([talk.consents, talk.consentWaits, server.training], [true, true, null]);
  talk.setConsent(false);
  server.down = false;
  const again = open({ server, store: fakeStore(store.values) });
  await again.clock.pass(1000);
  assert.deepEqual([again.talk.consents, again.talk.consentWaits], [false, false]);
  assert.equal(server.training, false);
  assert.equal(server.of('account.consent').filter((one) => one.training).length, 1);
});

test('a long talk opens at its end and is read upwards page by page', async () => {
  const server = new CareServer();
  server.long(500);
  const { talk, clock } = open({ server });
  await clock.pass(100);
  assert.deepEqual([talk.transcript.first, talk.transcript.after], [469, 500]);
  await Promise.all([talk.loadOlder(), talk.loadOlder(), clock.pass(10)]);
  assert.equal(talk.transcript.first, 437);
  server.down = true;
  await talk.loadOlder();
  assert.deepEqual([talk.older, talk.transcript.first], ['failed', 437]);
  server.down = false;
  while (talk.hasOlder) await talk.loadOlder();
  assert.deepEqual(talk.transcript.messages.map((one) => one.seq), server.messages.map((one) => one.seq));
  assert.equal(talk.older, '');
});

test('what waited over a restart does not make a long talk be read from its start', async () => {
  const server = new CareServer();
  server.long(500);
  const entry = { cid: 'm-waited-1', conversation: 'c1', text: '接着说', at: 1, state: 'waiting', tries: 1, why: '' };
  const store = fakeStore();
  store.set('outbox.chat', [entry]);
  const { talk, clock } = open({ server, store });
  await clock.pass(5000);
  assert.equal(server.messages.filter((one) => one.cid === 'm-waited-1').length, 1);
  assert.ok(talk.transcript.first >= 469, `read from ${talk.transcript.first}`);
  assert.deepEqual(talk.pending, []);
  const seqs = talk.transcript.messages.map((one) => one.seq);
  assert.deepEqual(seqs, seqs.map((_, i) => seqs[0] + i));
  assert.equal(seqs[seqs.length - 1], 501);
});

test('of ten thousand messages few are drawn, and all can be reached both ways', () => {
  const messages = Array.from({ length: 10000 }, (_, i) => ({ seq: i + 1, cid: `cid-${i + 1}`, at: i * 1000, from: 'teen', kind: 'text', text: '话' }));
  const part = new MessageWindow();
  const seen = new Set();
  const look = () => {
    const { from, to } = part.of(messages);
    assert.ok(to - from <= MOST && to > from);
    messages.slice(from, to).forEach(({ seq }) => seen.add(seq));
    return { from, to };
  };
  let before = look();
  while (part.hasAbove(messages)) {
    part.up(messages);
    const now = look();
    assert.ok(now.from < before.from && now.to > before.from, 'pages overlap');
    before = now;
  }
  assert.equal(seen.size, 10000);
  const more = [...messages, { seq: 10001 }];
  part.grow(more);
  assert.deepEqual(part.of(more), before);
  while (!part.follows) {
    part.down(messages);
    const now = look();
    assert.ok(now.from < before.to, 'pages overlap');
    before = now;
  }
  assert.equal(before.to, 10000);
});

test('new messages do not push out what is read above, until the part is full', () => {
  const messages = Array.from({ length: 100 }, (_, i) => ({ seq: i + 1 }));
  const part = new MessageWindow();
  part.grow(messages);
  const { from } = part.of(messages);
  const more = [...messages, { seq: 101 }, { seq: 102 }];
  part.grow(more);
  assert.deepEqual(part.of(more), { from, to: 102 });
});

test('a page begins without a day line where the message above is of the same day', () => {
  const at = new Date(2026, 10, 20, 10).getTime();
  const message = (seq) => ({ seq, cid: `cid-${seq}`, from: 'teen', kind: 'text', text: '话', at: at + seq });
  const context = { viewer: 'teen', names: {}, now: at + 24 * 60 * MINUTE };
  assert.equal(itemsOf([message(2)], [], { ...context, before: message(1) })[0].day, '');
  assert.notEqual(itemsOf([message(2)], [], context)[0].day, '');
});

test('the new blocks know no levels, and every option of the questions has a name to be read', () => {
  ['survey-card', 'consent-switch', 'time-left'].forEach((name) => {
    assert.ok(!fs.readFileSync(path.join(BLOCKS, name, 'index.js'), 'utf8').includes('labels.js'), name);
  });
  const page = fs.readFileSync(path.join(BLOCKS, 'survey-card', 'index.wxml'), 'utf8');
  assert.match(page, /aria-role="radio"[^>]*aria-label="\{\{option\.word\}\}/);
});
