/** The wire, the session and the transcript. */
const assert = require('node:assert/strict');
const { test } = require('node:test');
const { createCall, createWire } = require('../services/api.js');
const { newCid, newSecret } = require('../services/random.js');
const { Session } = require('../services/session.js');
const { createStore } = require('../services/store.js');
const { Transcript } = require('../services/transcript.js');
const { fakeStore, fault } = require('./fakes.js');

const answering = (answer) => createWire({ base: 'https://x', request: (options) => options.success(answer) });
const failing = (errMsg) => createWire({ base: '', request: (options) => options.fail({ errMsg }) });

test('an answer is its data; the token travels in the header, never in the address', async () => {
  let seen;
  const post = createWire({
    base: 'https://x',
    request: (options) => {
      seen = options;
      options.success({ statusCode: 200, data: { data: { ok: 1 } } });
    },
  });
  assert.deepEqual(await post('chat.enter', { after: 0 }, { token: 'secret' }), { ok: 1 });
  assert.equal(seen.url, 'https://x/api/chat.enter');
  assert.equal(seen.header.Authorization, 'Bearer secret');
});

test('errors have one shape, whatever broke', async () => {
  const told = { error: { code: 'conflict', message: '已经结束', hint: '12356' } };
  const cases = [
    [answering({ statusCode: 409, data: told }), 'conflict'],
    [answering({ statusCode: 502, data: '<html>' }), 'unavailable'],
    [answering({ statusCode: 200, data: '<html>' }), 'internal'],
    [failing('request:fail timeout'), 'timeout'],
    [failing('request:fail abort'), 'aborted'],
    [failing('request:fail'), 'offline'],
  ];
  for (const [post, code] of cases) {
    await assert.rejects(post('chat.poll', {}), (error) => {
      assert.equal(error.code, code);
      assert.ok(error.message && error.hint.includes('12356'));
      return true;
    });
  }
});

test('Retry-After is told in ms', async () => {
  const post = answering({ statusCode: 429, header: { 'Retry-After': '7' }, data: { error: { code: 'too_many_requests' } } });
  await assert.rejects(post('account.sign_in', {}), { retryAfter: 7000 });
});

function signedIn(refused) {
  const posts = [];
  const post = async (action, body, options = {}) => {
    posts.push(action);
    if (action === 'account.sign_in') return { token: `t${posts.length}`, role: 'teen', id: 'me' };
    if (refused(options.token)) throw fault('unauthenticated');
    return { token: options.token };
  };
  const session = new Session({ kind: 'teen', post, store: fakeStore(), newSecret: async () => 'd'.repeat(48) });
  return { posts, call: createCall({ post, session }) };
}

test('a refused token is renewed once, and callers together share one sign-in', async () => {
  const { posts, call } = signedIn((token) => token === 't1');
  const answers = await Promise.all([call('chat.poll', {}), call('chat.send', {})]);
  assert.equal(new Set(answers.map((answer) => answer.token)).size, 1);
  assert.equal(posts.filter((action) => action === 'account.sign_in').length, 2);
});

test('a token refused twice is an error, not a loop', async () => {
  const { posts, call } = signedIn(() => true);
  await assert.rejects(call('chat.poll', {}), { code: 'unauthenticated' });
  assert.equal(posts.length, 4);
});

test('secrets and cids keep to the alphabet', async () => {
  const secret = await newSecret({});
  assert.match(secret, /^[A-Za-z0-9_-]{48}$/);
  const cids = Array.from({ length: 1000 }, newCid);
  cids.forEach((cid) => assert.match(cid, /^[A-Za-z0-9_-]{8,64}$/));
  assert.equal(new Set(cids).size, 1000);
});

test('a store that cannot write keeps values in memory', () => {
  const broken = () => { throw new Error('full'); };
  const store = createStore({ getStorageSync: broken, setStorageSync: broken, removeStorageSync: broken });
  store.set('device.teen', 'x');
  assert.equal(store.get('device.teen'), 'x');
  store.remove('device.teen');
  assert.equal(store.get('device.teen'), undefined);
});

test('overlapping answers merge into one transcript', () => {
  const message = (seq) => ({ seq, cid: `cid-${seq}` });
  const transcript = new Transcript();
  transcript.merge([message(1), message(2)]);
  transcript.merge([message(2), message(3), message(3)]);
  transcript.merge([message(1)]);
  assert.deepEqual(transcript.messages.map((one) => one.seq), [1, 2, 3]);
  assert.equal(transcript.after, 3);
  assert.ok(transcript.has('cid-2'));
});
