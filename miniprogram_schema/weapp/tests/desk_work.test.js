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
    this.letters = [];
    this.writeUps = [];
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
      me: this.me, queue: { listener: 0, counsellor: 0, heads: [] }, talks: this.hides ? [] : Object.values(this.talks),
      alerts: this.alerts, offers: this.offers, letters: this.letters.length, write_ups: this.writeUps, version: 'v1', conversation: talk,
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

  outbox() {
    return { letters: this.letters, more: false };
  }

  outbox_retry({ key }) {
    this.letters = this.letters.filter((letter) => letter.key !== key);
    return this.outbox();
  }

  outbox_close({ key }) {
    return this.outbox_retry({ key });
  }

  /** Two a page. */
  follow_ups({ after = 0 }) {
    const rest = this.followUps.filter((one) => !after || one.due_at > after);
    return { follow_ups: rest.slice(0, 2), more: rest.length > 2 };
  }

  follow_up_done({ conversation }) {
    this.followUps = this.followUps.filter((one) => one.conversation !== conversation);
    return this.follow_ups({});
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

test('a talk that is open for an alert alone goes with it; one in hand stays', async () => {
  for (const [watching, openId] of [[true, ''], [false, 'c1']]) {
    const { desk, server, clock } = await opened('');
    server.talks.c1 = { ...server.talks.c1, mine: !watching, watching };
    await desk.acknowledge('c1', 'risk1');
    desk.open('c1');
    await clock.pass(100);
    assert.equal(desk.conversation.watching, watching);
    await desk.closeAlert('c1', 'risk1', '在聊了');
    assert.equal(desk.openId, openId);
  }
});

test('what could not be sent is kept for a talk of an own alert, not for one in other hands', async () => {
  const { desk, server, clock } = await opened('');
  server.hides = true;
  desk.outbox.entries.push({ conversation: 'c1', cid: 'x', text: '我在', state: 'failed' });
  await desk.acknowledge('c1', 'risk1');
  desk.refresh();
  await clock.pass(100);
  assert.deepEqual([desk.talks, desk.outbox.entries.length], [[], 1]);
  server.alerts = [];
  desk.refresh();
  await clock.pass(100);
  assert.equal(desk.outbox.entries.length, 0);
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

test('a form written up later goes for its own talk, and the open one stays', async () => {
  const { desk, server, clock } = await opened();
  server.writeUps = [{ conversation: 'c7' }];
  await clock.pass(30000);
  assert.deepEqual(desk.writeUps, [{ conversation: 'c7' }]);
  const form = { risk: 'A', topics: [] };
  server.refused = 'desk.close';
  await assert.rejects(desk.writeUp('c7', form), { code: 'forbidden' });
  assert.equal(desk.writeUps.length, 1);
  server.refused = '';
  server.writeUps = [];
  await desk.writeUp('c7', form);
  assert.deepEqual(server.asked('desk.close')[1], { conversation: 'c7', form });
  assert.deepEqual([desk.writeUps, desk.openId], [[], 'c1']);
});

test('letters are read when their number changes, and one tried in vain comes back', async () => {
  const { desk, server, clock } = await opened();
  const read = () => server.asked('desk.outbox').length;
  assert.equal(read(), 0);
  const letter = { key: 'c1:risk1:1', tries: 10 };
  server.letters = [letter, { key: 'c2:risk1:1', tries: 10 }];
  await clock.pass(30000);
  assert.deepEqual([desk.letters.length, read()], [2, 1]);
  await desk.retryLetter('c1:risk1:1');
  assert.equal(desk.letters.length, 1);
  server.letters = [{ ...letter, tries: 11 }, ...server.letters];
  await clock.pass(30000);
  assert.equal(desk.letters[0].tries, 11);
  await desk.closeLetter('c1:risk1:1', '打过电话了');
  assert.deepEqual(server.asked('desk.outbox_close'), [{ key: 'c1:risk1:1', reason: '打过电话了' }]);
  assert.deepEqual(desk.letters.map(({ key }) => key), ['c2:risk1:1']);
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

test('follow-ups are read page by page, and anew as far as they were read', async () => {
  const { desk, server } = await opened('');
  server.followUps = [1, 2, 3, 4, 5].map((due) => ({ conversation: `c${due}`, due_at: due }));
  const held = () => desk.followUps.map((one) => one.due_at);
  await desk.loadFollowUps();
  assert.deepEqual([held(), desk.hasMoreFollowUps], [[1, 2], true]);
  await desk.moreFollowUps();
  assert.deepEqual([held(), desk.hasMoreFollowUps], [[1, 2, 3, 4], true]);
  server.followUps = server.followUps.filter((one) => one.due_at !== 2);
  await desk.loadFollowUps();
  assert.deepEqual([held(), desk.hasMoreFollowUps], [[1, 3, 4, 5], false]);
  await desk.followUpDone('c3', '平稳');
  assert.deepEqual(held(), [1, 4, 5]);
});

test('whoever sees to a whole page is given the next', async () => {
  const { desk, server } = await opened('');
  server.followUps = [1, 2, 3].map((due) => ({ conversation: `c${due}`, due_at: due }));
  await desk.loadFollowUps();
  for (const id of ['c1', 'c2']) await desk.followUpDone(id, '平稳');
  assert.deepEqual(desk.followUps, [{ conversation: 'c3', due_at: 3 }]);
});

test('a reading anew while the next page comes doubles nothing', async () => {
  const { desk, server } = await opened('');
  server.followUps = [1, 2, 3, 4].map((due) => ({ conversation: `c${due}`, due_at: due }));
  await desk.loadFollowUps();
  await Promise.all([desk.moreFollowUps(), desk.moreFollowUps()]);
  assert.deepEqual(desk.followUps.map((one) => one.due_at), [1, 2, 3, 4]);
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

test('the desk waits for a second factor that is due, and goes on with it', async () => {
  const clock = new FakeClock();
  const server = new FakeDesk();
  const session = {
    needs: 'code',
    forget() {},
    showFactor: async (code) => {
      if (code !== '123456') throw fault('wrong_code');
      session.needs = '';
    },
  };
  const call = async (action, body) => {
    if (session.needs) throw fault('second_factor');
    return server.call(action, body);
  };
  const desk = new DeskTalk({ session, call, store: fakeStore(), clock, onChange: () => {} });
  desk.start();
  await clock.pass(60000);
  assert.deepEqual([desk.phase, desk.needs, desk.problem], ['factor', 'code', null]);
  assert.equal(server.calls.length, 0);
  await assert.rejects(desk.showFactor('000000'), { code: 'wrong_code' });
  assert.equal(desk.phase, 'factor');
  await desk.showFactor('123456');
  await clock.pass(10);
  assert.equal(desk.phase, 'ready');
  desk.stop();
});
