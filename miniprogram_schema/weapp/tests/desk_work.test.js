/** What staff ask for at the desk: where the talk stands afterwards, and what is on screen at once. */
const assert = require('node:assert/strict');
const { test } = require('node:test');
const { DeskTalk } = require('../services/desk_talk.js');
const { FakeClock, fakeStore, fault, settle } = require('./fakes.js');

const ME = {
  id: 'me', role: 'counsellor', name: '小禾', status: 'available', talks: 1, load: 2, limit: 6, skills: [],
  automatic: false, lost: [],
};
const NOTHING = { messages: [], more: false };

/** One talk 'c1' in hand and one offered, 'c2'; answers carry what a real server's would. */
class FakeDesk {
  constructor() {
    this.me = { ...ME };
    this.talks = { c1: { id: 'c1', seq: 250, version: 5, level: 2, state: 'open', mine: true } };
    this.offers = [{ conversation: 'c2', by_name: '小鹿' }];
    this.alerts = [{ conversation: 'c1', id: 'risk1', owner: '', mine: false }];
    this.followUps = [{ conversation: 'c9' }];
    this.refused = '';
    this.calls = [];
  }

  call = async (action, body) => {
    this.calls.push([action, body]);
    await settle();
    if (action === this.refused) throw fault('forbidden');
    return this[action.split('.')[1]](body);
  };

  asked(action) {
    return this.calls.filter(([name]) => name === action).map(([, body]) => body);
  }

  page(id, from, to) {
    return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => ({ seq: from + i, cid: `${id}-${from + i}` }));
  }

  poll({ conversation, after }) {
    const talk = this.talks[conversation] || null;
    return {
      me: this.me, queue: { listener: 0, counsellor: 0, heads: [] }, talks: Object.values(this.talks),
      alerts: this.alerts, offers: this.offers, version: 'v1', conversation: talk,
      messages: talk ? this.page(conversation, after + 1, talk.seq) : [], more: false,
    };
  }

  /** This server's clock is an hour ahead. */
  send({ conversation, cid, text }) {
    const talk = this.talks[conversation];
    talk.seq += 1;
    const message = { seq: talk.seq, cid, from: 'counsellor', text, at: this.now() + 3600000 };
    return { conversation: talk, message, messages: [message], more: false, replayed: false };
  }

  history({ conversation, before }) {
    return { messages: this.page(conversation, Math.max(1, before - 32), before - 1) };
  }

  come(id) {
    this.talks[id] = { id, seq: 2, version: 1, state: 'open', mine: true };
    return { conversation: this.talks[id], messages: this.page(id, 1, 2), more: false };
  }

  accept({ conversation }) {
    this.offers = [];
    return this.come(conversation);
  }

  reopen({ conversation }) {
    return this.come(conversation);
  }

  decline() {
    this.offers = [];
    return { me: this.me };
  }

  status(wishes) {
    this.me = { ...this.me, ...wishes };
    return { me: this.me };
  }

  end_shift() {
    this.talks = {};
    this.me = { ...this.me, status: 'away', talks: 0 };
    return { me: this.me };
  }

  background() {
    return { me: this.me };
  }

  read_lost() {
    this.me = { ...this.me, lost: [] };
    return { me: this.me };
  }

  hand_over({ conversation, tier, warm }) {
    if (tier && !warm) delete this.talks[conversation];
    return { conversation: { id: conversation } };
  }

  leave_talk({ conversation }) {
    delete this.talks[conversation];
    return { conversation: { id: conversation } };
  }

  set_risk({ level }) {
    this.talks.c1 = { ...this.talks.c1, level, version: 6 };
    return { conversation: this.talks.c1 };
  }

  close({ conversation }) {
    delete this.talks[conversation];
    return { conversation: { id: conversation } };
  }

  acknowledge() {
    this.alerts = [{ ...this.alerts[0], owner: '小禾', mine: true }];
    return { alerts: this.alerts };
  }

  close_alert() {
    this.alerts = [];
    return { alerts: [] };
  }

  follow_ups() {
    return { follow_ups: this.followUps };
  }

  follow_up_done() {
    this.followUps = [];
    return { follow_ups: [] };
  }
}

async function opened(id = 'c1') {
  const server = new FakeDesk();
  const clock = new FakeClock();
  server.now = () => clock.now();
  const desk = new DeskTalk({
    session: { forget() {} }, call: server.call, store: fakeStore(), clock, onChange: () => {},
  });
  desk.start();
  await clock.pass(100);
  if (id) desk.open(id);
  await clock.pass(100);
  return { desk, server, clock };
}

test('only a cold hand-over to a tier takes the talk from the screen', async () => {
  const wishes = [
    [{ tier: 'counsellor', warm: false, note: '' }, ''],
    [{ tier: 'counsellor', warm: true, note: '' }, 'c1'],
    [{ person: 'p1', warm: false, note: '怕回家' }, 'c1'],
  ];
  for (const [wish, openId] of wishes) {
    const { desk, server } = await opened();
    await desk.handOver(wish);
    assert.equal(desk.openId, openId);
    assert.deepEqual(server.asked('desk.hand_over'), [{ conversation: 'c1', ...wish }]);
  }
});

test('clocks are told by the server\'s time, once it is known', async () => {
  const { desk, clock } = await opened();
  assert.equal(desk.time, clock.now());
  desk.send('我在');
  await clock.pass(1000);
  assert.equal(desk.time, clock.now() + 3600000);
});

test('an accepted offer opens its talk and is no offer any more', async () => {
  const { desk } = await opened();
  await desk.accept('c2');
  assert.equal(desk.openId, 'c2');
  assert.deepEqual(desk.offers, []);
  assert.equal(desk.transcript.messages.length, 2);
});

test('a declined offer goes with its reason, and the open talk stays', async () => {
  const { desk, server } = await opened();
  await desk.decline('c2', '手上满了');
  assert.deepEqual(server.asked('desk.decline'), [{ conversation: 'c2', reason: '手上满了' }]);
  assert.deepEqual([desk.offers, desk.openId], [[], 'c1']);
});

test('a corrected level is on screen at once, and an older view does not undo it', async () => {
  const { desk, server } = await opened();
  await desk.setRisk(3, '说了时间', 7);
  assert.deepEqual(server.asked('desk.set_risk'), [{ conversation: 'c1', level: 3, reason: '说了时间', seq: 7 }]);
  assert.equal(desk.conversation.level, 3);
  desk.take({ conversation: { ...desk.conversation, level: 2, version: 5 }, ...NOTHING });
  assert.equal(desk.conversation.level, 3);
});

test('a refused level changes nothing here, and the refusal reaches who asked', async () => {
  const { desk, server } = await opened();
  server.refused = 'desk.set_risk';
  await assert.rejects(desk.setRisk(0, '没事了'), { code: 'forbidden' });
  assert.equal(desk.conversation.level, 2);
});

test('alerts stand as the answer says, before any poll', async () => {
  const { desk } = await opened('');
  await desk.acknowledge('c1', 'risk1');
  assert.equal(desk.alerts[0].mine, true);
  await desk.closeAlert('c1', 'risk1', '在聊了');
  assert.deepEqual(desk.alerts, []);
});

test('follow-ups are read by themselves: at first, after a closing, and every five minutes', async () => {
  const { desk, server, clock } = await opened();
  assert.deepEqual(desk.followUps, [{ conversation: 'c9' }]);
  const read = () => server.asked('desk.follow_ups').length;
  assert.equal(read(), 1);
  await desk.close({ risk: 'C', follow_up_days: 3 });
  await clock.pass(100);
  assert.equal(read(), 2);
  await clock.pass(4 * 60000);
  assert.equal(read(), 2);
  await clock.pass(90000);
  assert.equal(read(), 3);
});

test('a list of follow-ups that cannot be read holds up nothing', async () => {
  const { desk, server, clock } = await opened();
  server.refused = 'desk.follow_ups';
  desk.followUpsAt = null;
  server.me = { ...ME, name: '小禾禾' };
  await clock.pass(30000);
  assert.equal(desk.problem, null);
  assert.equal(desk.me.name, '小禾禾');
});

test('a follow-up opens its talk again; its outcome takes it from the list', async () => {
  const { desk } = await opened();
  await desk.reopen('c9');
  assert.equal(desk.openId, 'c9');
  await desk.followUpDone('c9', '平稳');
  assert.deepEqual(desk.followUps, []);
});

test('how talks come is set without touching the status', async () => {
  const { desk, server } = await opened('');
  await desk.setDuty({ automatic: true, skills: ['study'] });
  assert.deepEqual(server.asked('desk.status'), [{ status: 'available', automatic: true, skills: ['study'] }]);
  assert.equal(desk.me.automatic, true);
});

test('the end of the shift puts everything away', async () => {
  const { desk, clock } = await opened();
  await desk.endShift('怕回家');
  await clock.pass(100);
  assert.deepEqual([desk.openId, desk.talks, desk.me.status], ['', [], 'away']);
});

test('a guest who leaves has the talk off the screen', async () => {
  const { desk } = await opened();
  await desk.leaveTalk();
  assert.equal(desk.openId, '');
});

test('the background is told once signed in, and a failure of it is nobody\'s trouble', async () => {
  const { desk, server } = await opened();
  await desk.toBackground();
  assert.equal(server.asked('desk.background').length, 1);
  server.refused = 'desk.background';
  await desk.toBackground();
  desk.me = null;
  await desk.toBackground();
  assert.equal(server.asked('desk.background').length, 2);
});

test('talks that were lost are told until they are read', async () => {
  const { desk, server, clock } = await opened();
  server.me = { ...ME, lost: ['c7'] };
  await clock.pass(20000);
  assert.deepEqual(desk.me.lost, ['c7']);
  await desk.readLost();
  assert.deepEqual(desk.me.lost, []);
});

test('a long talk opens at its newest page; what stands above is read on request', async () => {
  const { desk } = await opened();
  assert.deepEqual([desk.transcript.first, desk.transcript.after], [151, 250]);
  await desk.loadOlder();
  assert.equal(desk.transcript.first, 119);
  for (let i = 0; i < 5; i += 1) await desk.loadOlder();
  assert.deepEqual([desk.transcript.first, desk.hasOlder, desk.older], [1, false, '']);
});

test('a page that cannot be read says so, and can be tried again', async () => {
  const { desk, server } = await opened();
  server.refused = 'desk.history';
  await desk.loadOlder();
  assert.equal(desk.older, 'failed');
  server.refused = '';
  await desk.loadOlder();
  assert.equal(desk.older, '');
  assert.equal(desk.transcript.first, 119);
});
