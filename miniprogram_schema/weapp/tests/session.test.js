/** Coming in: by WeChat, by the device where WeChat is of no help, and staying in. */
const assert = require('node:assert/strict');
const { test } = require('node:test');
const { createCall } = require('../services/api.js');
const { loginCode } = require('../services/login.js');
const { Session } = require('../services/session.js');
const { FakeClock, fakeStore, fault, settle } = require('./fakes.js');

const MINUTE = 60000;
const HOUR = 60 * MINUTE;
const DEVICE = 'd'.repeat(48);

/**
 * The server's door. `wechat` is how WeChat stands there: 'ok', or the code of an error, or a list of
 * these used up one after the other; `devices` and `openid` are who is known.
 */
class FakeDoor {
  constructor() {
    this.calls = [];
    this.wechat = 'ok';
    this.accounts = { device: '', wechat: '' };
    this.member = { role: 'counsellor', name: '小禾', by: 'wechat' };
    this.needs = '';
    this.refused = new Set();
    this.count = 0;
    this.offline = false;
  }

  post = async (action, body, options = {}) => {
    this.calls.push([action, body, options]);
    await settle();
    if (this.offline) throw fault('offline');
    if (this.refused.has(options.token)) throw fault('unauthenticated');
    return this[action.split('.')[1]](body, options);
  };

  get actions() {
    return this.calls.map(([action]) => action);
  }

  state() {
    if (!Array.isArray(this.wechat)) return this.wechat;
    return this.wechat.length > 1 ? this.wechat.shift() : this.wechat[0];
  }

  session(more) {
    this.count += 1;
    return { token: `t${this.count}`, role: 'teen', id: 'teen1', name: '', needs: '', ...more };
  }

  sign_in() {
    this.accounts.device = this.accounts.device || 'teen1';
    return this.session({ id: this.accounts.device });
  }

  wechat_sign_in({ device }) {
    const state = this.state();
    if (state !== 'ok') throw fault(state);
    const id = (device && this.accounts.device) || this.accounts.wechat || 'teen1';
    Object.assign(this.accounts, { device: id, wechat: this.accounts.wechat || id });
    return this.session({ id });
  }

  staff_wechat_sign_in() {
    const state = this.state();
    if (state !== 'ok') throw fault(state);
    if (!this.member || this.member.by !== 'wechat') throw fault('unauthenticated');
    return this.session({ id: 'staff1', ...this.member, needs: this.needs });
  }

  staff_sign_in() {
    if (!this.member || this.member.by !== 'device') throw fault('unauthenticated');
    return this.session({ id: 'staff1', ...this.member, needs: this.needs });
  }

  join({ code }) {
    const state = code ? this.state() : 'ok';
    if (state !== 'ok') throw fault(state);
    this.member = { ...this.member, by: code ? 'wechat' : 'device' };
    return this.session({ id: 'staff1', ...this.member, needs: this.needs });
  }

  renew(_, { token }) {
    return this.session({ id: 'teen1', renewed: token });
  }

  enrol_second_factor() {
    return { secret: 'ABCDEFGH', uri: 'otpauth://totp/x' };
  }

  show_second_factor({ code }) {
    if (code !== '123456') throw fault('wrong_code');
    return this.session({ id: 'staff1', ...this.member, needs: '' });
  }
}

function phone({ kind = 'teen', inWeChat = true, store = fakeStore() } = {}) {
  const door = new FakeDoor();
  const clock = new FakeClock();
  const wechat = { codes: 0, works: inWeChat };
  const open = () => new Session({
    kind, store, clock, post: door.post, newSecret: async () => DEVICE,
    loginCode: async () => {
      wechat.codes += 1;
      return wechat.works ? `code${wechat.codes}` : '';
    },
  });
  return { door, clock, wechat, store, open, session: open() };
}

const idle = async () => { for (let i = 0; i < 20; i += 1) await settle(); };

test('in WeChat a teen comes in by a code, and the device goes along', async () => {
  const { door, session } = phone();
  assert.equal(await session.token(), 't1');
  assert.deepEqual(door.calls[0].slice(0, 2), ['account.wechat_sign_in', { device: DEVICE, code: 'code1' }]);
  assert.equal(door.calls.length, 1);
  assert.equal(session.who().role, 'teen');
});

test('in a browser a teen comes in by the device alone', async () => {
  const { door, session } = phone({ inWeChat: false });
  await session.token();
  assert.deepEqual(door.actions, ['account.sign_in']);
});

for (const kind of ['unavailable', 'too_many_requests', 'forbidden', 'not_found', 'timeout', 'internal', 'bad_request']) {
  test(`WeChat answers '${kind}': the teen is in all the same, at once and by the device`, async () => {
    const { door, session } = phone();
    door.wechat = kind;
    assert.equal(await session.token(), 't1');
    assert.deepEqual(door.actions, ['account.wechat_sign_in', 'account.sign_in']);
  });
}

test('a code that grew old on its way is asked for once more', async () => {
  const { door, session } = phone();
  door.wechat = ['unauthenticated', 'ok'];
  await session.token();
  assert.deepEqual(door.calls.map(([, body]) => body.code), ['code1', 'code2']);
  door.wechat = 'unauthenticated';
  await session.renew('t1');
  assert.deepEqual(door.actions.slice(2), ['account.wechat_sign_in', 'account.wechat_sign_in', 'account.sign_in']);
});

test('with no line at all the error is told, and the next try may succeed', async () => {
  const { door, session } = phone();
  door.offline = true;
  await assert.rejects(session.token(), { code: 'offline' });
  door.offline = false;
  assert.equal(await session.token(), 't1');
});

test('an account that the device opened is bound later, quietly, and stays the same account', async () => {
  const { door, clock, session } = phone();
  door.wechat = 'unavailable';
  await session.token();
  const { id } = session.who();
  door.wechat = 'ok';
  await session.token();
  await idle();
  assert.equal(door.calls.length, 2, 'not at every call');
  await clock.pass(5 * MINUTE);
  await session.token();
  await idle();
  assert.equal(door.actions[2], 'account.wechat_sign_in');
  assert.equal(session.who().id, id);
  assert.ok(session.isBound);
  await clock.pass(6 * MINUTE);
  await session.token();
  await idle();
  assert.equal(door.calls.length, 3, 'bound is bound');
});

test('a talk does not change hands: the answer for another account is not taken', async () => {
  const { door, clock, session } = phone();
  door.wechat = 'unavailable';
  const token = await session.token();
  door.wechat = 'ok';
  door.wechat_sign_in = () => door.session({ id: 'somebody else' });
  await clock.pass(5 * MINUTE);
  await session.token();
  await idle();
  assert.equal(session.who().token, token);
  assert.equal(session.isBound, false);
});

test('a failure of the binding is nobody\'s trouble', async () => {
  const { door, clock, session } = phone();
  door.wechat = 'unavailable';
  await session.token();
  for (let i = 0; i < 3; i += 1) {
    await clock.pass(5 * MINUTE);
    assert.equal(await session.token(), 't1');
    await idle();
    await session.token();
    await idle();
  }
  assert.equal(door.actions.filter((one) => one === 'account.wechat_sign_in').length, 4);
});

test('a token that is an hour old is exchanged beside the call, which does not wait', async () => {
  const { door, clock, session } = phone();
  await session.token();
  await clock.pass(HOUR);
  assert.deepEqual(await Promise.all([session.token(), session.token()]), ['t1', 't1']);
  await idle();
  assert.equal(await session.token(), 't2');
  assert.deepEqual(door.calls.slice(1), [['account.renew', {}, { token: 't1' }]]);
});

test('an exchange that failed leaves the token; one that nobody waits for brings nobody back', async () => {
  const { door, clock, session } = phone();
  await session.token();
  door.refused.add('t1');
  await clock.pass(HOUR);
  assert.equal(await session.token(), 't1');
  await idle();
  assert.equal(session.who().token, 't1');
  door.refused.clear();
  await clock.pass(HOUR);
  await session.token();
  session.forget();
  await idle();
  assert.equal(session.who(), null);
});

test('a refusal during an exchange signs in anew and does not give back what was refused', async () => {
  const { door, clock, session } = phone();
  const call = createCall({ post: door.post, session });
  door.enter = () => ({ entered: true });
  await session.token();
  await clock.pass(HOUR);
  door.refused.add('t1');
  assert.deepEqual(await call('chat.enter', {}), { entered: true });
});

test('callers that are refused together share one sign-in by WeChat', async () => {
  const { door, session } = phone();
  await session.token();
  await Promise.all([session.renew('t1'), session.renew('t1'), session.renew('t1')]);
  assert.equal(door.actions.filter((one) => one === 'account.wechat_sign_in').length, 2);
});

test('staff who joined in WeChat come by it, and no device of theirs is a second door', async () => {
  const { door, wechat, session } = phone({ kind: 'staff' });
  await session.join('AAAA-BBBB-CCCC', '小禾');
  assert.deepEqual(door.calls[0][1], { invitation: 'AAAA-BBBB-CCCC', code: 'code1', name: '小禾' });
  await session.renew('t1');
  assert.equal(door.actions[1], 'account.staff_wechat_sign_in');
  const { member } = door;
  door.member = null;
  await assert.rejects(session.renew('t2'), { code: 'unauthenticated' }, 'dismissed');
  door.member = member;
  door.wechat = 'unavailable';
  await assert.rejects(session.renew('t2'), { code: 'unavailable' });
  wechat.works = false;
  await assert.rejects(session.renew('t2'), { code: 'offline' });
  assert.ok(!door.actions.includes('account.staff_sign_in'));
});

test('staff whom WeChat does not know may be known by their device', async () => {
  const { door, session } = phone({ kind: 'staff' });
  door.member = { role: 'listener', name: '小禾', by: 'device' };
  await session.token();
  assert.equal(door.actions[door.actions.length - 1], 'account.staff_sign_in');
  assert.equal(session.who().role, 'listener');
});

test('where the server has no mini-program staff join by their device, in WeChat too', async () => {
  const { door, session } = phone({ kind: 'staff' });
  door.wechat = 'not_found';
  await session.join('AAAA-BBBB-CCCC', '小禾');
  assert.deepEqual(door.calls[1][1], { invitation: 'AAAA-BBBB-CCCC', device: DEVICE, name: '小禾' });
  door.member = null;
  await assert.rejects(session.renew('t1'), { code: 'unauthenticated' });
});

test('whoever is half in asks nothing of the server but for their second factor', async () => {
  const { door, session, open } = phone({ kind: 'staff', inWeChat: false });
  Object.assign(door, { member: { role: 'supervisor', name: '林', by: 'device' }, needs: 'enrol' });
  const call = createCall({ post: door.post, session });
  await assert.rejects(call('desk.poll', {}), { code: 'second_factor' });
  await assert.rejects(call('desk.poll', {}), { code: 'second_factor' });
  await assert.rejects(open().token(), { code: 'second_factor' }, 'after a restart as well');
  assert.deepEqual(door.actions, ['account.staff_sign_in']);
  assert.equal((await session.enrolFactor()).secret, 'ABCDEFGH');
  await assert.rejects(session.showFactor('000000'), { code: 'wrong_code' });
  await session.showFactor('123456');
  assert.equal(session.needs, '');
  door.poll = () => ({ heard: true });
  assert.deepEqual(await call('desk.poll', {}), { heard: true });
});

test('a half token that grew old over the form is exchanged once', async () => {
  const { door, session } = phone({ kind: 'staff', inWeChat: false });
  Object.assign(door, { member: { role: 'supervisor', name: '林', by: 'device' }, needs: 'code' });
  await assert.rejects(session.token(), { code: 'second_factor' });
  door.refused.add('t1');
  await session.showFactor('123456');
  assert.deepEqual(door.actions.slice(1), ['account.show_second_factor', 'account.staff_sign_in', 'account.show_second_factor']);
});

test('a login that hangs or is not there gives no code, in bounded time', async () => {
  const clock = new FakeClock();
  assert.equal(await loginCode({}, clock), '');
  assert.equal(await loginCode({ login: ({ fail }) => fail({ errMsg: 'login:fail not in WeChat' }) }, clock), '');
  assert.equal(await loginCode({ login: ({ success }) => success({ code: 'c' }) }, clock), 'c');
  let told = null;
  loginCode({ login: () => {} }, clock).then((code) => { told = code; });
  await clock.pass(2000);
  await settle();
  assert.equal(told, '');
});
