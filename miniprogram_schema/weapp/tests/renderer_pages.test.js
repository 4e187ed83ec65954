/** How a page comes on screen: at hand, live, offline, broken, gone; and how often the server is asked. */
const assert = require('node:assert/strict');
const { test } = require('node:test');
const { PageOpening } = require('../renderer/opening.js');
const { PageRun } = require('../renderer/run.js');
const { Pages } = require('../services/pages.js');
const { addressOf } = require('../renderer/addresses.js');
const { Platform } = require('../renderer/platform.js');
const { FakeClock, fakeStore, fault, settle } = require('./fakes.js');

const BLOCKS = { text: { container: false, props: { text: { kind: 'string', value: '' } } } };
const pageWith = (text, state = {}) => ({ type: 'PAGE', id: 'teen_home', attributes: { title: '首页' }, dataset: { state }, items: [{ id: 't', component: 'Text', attributes: { text } }] });

/** The pages of a server. Switches: `down`, `live` {page: content}, `staffOnly`. */
class FakePages {
  constructor(live = {}) {
    Object.assign(this, { live, calls: [], down: false });
  }

  etagOf(page) {
    return JSON.stringify(this.live[page]).length + JSON.stringify(this.live[page]);
  }

  call = async (action, body) => {
    this.calls.push([action, body]);
    await settle();
    if (this.down) throw fault('offline');
    if (action === 'pages.manifest') return { pages: Object.keys(this.live).map((page) => ({ page, etag: this.etagOf(page) })) };
    if (!this.live[body.page]) throw fault('not_found');
    const etag = this.etagOf(body.page);
    return { page: body.page, version: 1, etag, content: etag === body.etag ? null : this.live[body.page] };
  };
}

function world({ live, bundled = {}, store = fakeStore(), who = null, viewer = 'teen' } = {}) {
  const server = new FakePages(live);
  const clock = new FakeClock();
  const caller = { session: { who: () => who }, call: server.call, post: server.call };
  const pages = new Pages({ store, clock, bundled, callers: { teen: caller, staff: caller } });
  const faces = [];
  const drawn = [];
  const run = new PageRun({ blocks: BLOCKS, platform: {}, call: server.call, viewer: () => ({}), draw: ({ changes }) => drawn.push(...changes) });
  const opening = new PageOpening({ pages, page: 'teen_home', viewer, run, onFace: (face) => { faces.push(face); if (face !== 'page') run.blank(); } });
  return {
    drawn, server, clock, store, faces, opening, run, pages,
    screen: () => run.tree.items.map(({ attrs }) => attrs.text),
    look: async () => { await opening.look(); },
    minute: async () => { clock.time += 60000; await opening.look(); },
    asked: () => server.calls.map(([action]) => action),
  };
}

test('what is live is shown, kept, and asked for once', async () => {
  const { opening, look, screen, store, asked, faces } = world({ live: { teen_home: pageWith('活') } });
  opening.begin();
  assert.deepEqual(faces, ['loading']);
  await look();
  assert.deepEqual(screen(), ['活']);
  assert.equal(store.get('page:teen_home').content.items[0].attributes.text, '活');
  assert.deepEqual(asked(), ['pages.open']);
});

test('a page seen once is there at once and without a network', async () => {
  const store = fakeStore();
  const first = world({ live: { teen_home: pageWith('活') }, store });
  first.opening.begin();
  await first.look();
  const { opening, look, screen, server, faces } = world({ live: {}, store, bundled: { teen_home: pageWith('自带') } });
  server.down = true;
  opening.begin();
  assert.deepEqual([screen(), faces], [['活'], ['page']]);
  await look();
  assert.deepEqual([screen(), faces], [['活'], ['page']]);
});

test('without anything kept what was shipped is shown, and without that a quiet face', async () => {
  const shipped = world({ bundled: { teen_home: pageWith('自带') } });
  shipped.server.down = true;
  shipped.opening.begin();
  await shipped.look();
  assert.deepEqual(shipped.screen(), ['自带']);
  const bare = world();
  bare.server.down = true;
  bare.opening.begin();
  await bare.look();
  assert.deepEqual(bare.faces, ['loading', 'broken']);
  bare.server.down = false;
  bare.server.live.teen_home = pageWith('来了');
  await bare.opening.again();
  assert.deepEqual([bare.screen(), bare.faces.at(-1)], [['来了'], 'page']);
});

test('a new version comes within a minute, with one question a minute for all pages, and state stays', async () => {
  const state = { n: { dataType: 'number', initialValue: 0 } };
  const { opening, look, minute, screen, server, asked, run, clock } = world({ live: { teen_home: pageWith('一', state) } });
  opening.begin();
  await look();
  run.setState('n', 7);
  await minute();
  await look();
  await look();
  assert.deepEqual(asked(), ['pages.open', 'pages.manifest']);
  server.live.teen_home = pageWith('二', state);
  clock.time += 30000;
  await look();
  assert.deepEqual(screen(), ['一']);
  clock.time += 30000;
  await look();
  assert.deepEqual(screen(), ['二']);
  assert.equal(run.state.n, 7);
  assert.deepEqual(asked(), ['pages.open', 'pages.manifest', 'pages.manifest', 'pages.open']);
});

for (const [name, broken] of Object.entries({ 'no page': { x: 1 }, text: '<html>', 'unknown blocks': { ...pageWith('x'), items: [{ id: 'u', component: 'New' }] }, list: [1] })) {
  test(`a live version that cannot be drawn (${name}) leaves what is there, and is not asked for again`, async () => {
    const { opening, look, minute, screen, server, asked, store } = world({ live: { teen_home: pageWith('好') } });
    opening.begin();
    await look();
    server.live.teen_home = broken;
    await minute();
    await minute();
    assert.deepEqual(screen(), ['好']);
    assert.equal(asked().filter((action) => action === 'pages.open').length, 2);
    assert.equal(store.get('page:teen_home').content.items[0].attributes.text, '好');
    server.live.teen_home = pageWith('又好');
    await minute();
    assert.deepEqual(screen(), ['又好']);
  });
}

test('a broken page in storage is passed over for the shipped one', async () => {
  const store = fakeStore();
  store.set('page:teen_home', { etag: 'e', content: { type: 'PAGE', items: 'x' }, at: 1 });
  const { opening, screen, look, server } = world({ store, bundled: { teen_home: pageWith('自带') } });
  server.down = true;
  opening.begin();
  await look();
  assert.deepEqual(screen(), ['自带']);
});

test('a page that was taken back leaves the device', async () => {
  const store = fakeStore();
  store.set('page:teen_home', { etag: 'e', content: pageWith('旧'), at: 1 });
  const { opening, minute, faces, server, drawn, screen } = world({ store, live: { other: pageWith('别') } });
  opening.begin();
  await minute();
  assert.equal(faces.at(-1), 'gone');
  assert.equal(store.get('page:teen_home'), undefined);
  server.live.teen_home = pageWith('旧');
  await minute();
  assert.deepEqual([faces.at(-1), screen(), drawn.at(-1)[0]], ['page', ['旧'], null]);
});

test('pages of the desk are not asked for by who is not signed in', async () => {
  const stranger = world({ viewer: 'staff', live: { teen_home: pageWith('台') } });
  stranger.opening.begin();
  await stranger.look();
  assert.deepEqual([stranger.asked(), stranger.faces.at(-1)], [[], 'broken']);
  const listener = world({ viewer: 'staff', who: { role: 'listener' }, live: { teen_home: pageWith('台') } });
  listener.opening.begin();
  await listener.look();
  assert.deepEqual(listener.screen(), ['台']);
  assert.deepEqual(listener.pages.viewer('staff'), { role: 'listener' });
});

test('addresses: own ones stay, all others are one page with parameters', () => {
  assert.deepEqual(addressOf('teen_mood', {}, 'teen'), { own: 'mood', url: '' });
  assert.deepEqual(addressOf('teen_stories', { view: 'read', story: 'a b' }, 'teen'), { own: 'stories', url: 'view=read&story=a%20b' });
  assert.equal(addressOf('knowledge', { q: '雨', n: null, o: { a: 1 } }, 'teen').url, '/pages/page/index?q=%E9%9B%A8&o=%7B%22a%22%3A1%7D&page=knowledge');
  assert.equal(addressOf('desk_board', { page: 'evil', as: 'x' }, 'staff').url, '/pages/page/index?page=desk_board&as=staff');
});

test('the platform goes where pages are, and never into a full stack', () => {
  const done = [];
  const wx = new Proxy({}, { get: (_, name) => (given) => done.push([name, given.url || given.delta || given.phoneNumber || given.data || given.title]) });
  const stack = [{}];
  globalThis.getCurrentPages = () => stack;
  const platform = new Platform(wx, (name, query) => done.push(['goTo', name, query]), () => 'teen');
  platform.navigateTo('teen_mood', {});
  platform.navigateTo('knowledge', { a: 1 });
  platform.navigateBack();
  stack.push(...Array(9).fill({}));
  platform.navigateTo('knowledge', {});
  platform.navigateBack();
  platform.callHotline('010-8264 4477');
  delete globalThis.getCurrentPages;
  assert.deepEqual(done, [
    ['goTo', 'mood', ''], ['navigateTo', '/pages/page/index?a=1&page=knowledge'], ['reLaunch', '/pages/page/index?page=teen_home'],
    ['redirectTo', '/pages/page/index?page=knowledge'], ['navigateBack', 1], ['makePhoneCall', '01082644477'],
  ]);
});
