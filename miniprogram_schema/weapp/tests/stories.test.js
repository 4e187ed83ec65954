/** What a teen writes as a story is neither lost nor cut, and what is gone leaves the screen. */
const assert = require('node:assert/strict');
const path = require('node:path');
const { test } = require('node:test');
const { Stories, forgetStories } = require('../services/stories.js');
const { FakeClock, fakeStore, fault, settle } = require('./fakes.js');

const SHARED = path.join(__dirname, '..', '..', 'components', 'shared');
const { draftView, givenView, mineView, readView } = require(path.join(SHARED, 'story_view.js'));

/** The stories of one teen, as the server keeps them. Switches: `down`, `losesReplies`, `refuses`. */
class FakeStories {
  constructor() {
    Object.assign(this, { held: new Map(), calls: [], down: false, losesReplies: 0, refuses: '' });
    this.public = [];
    this.answered = [];
    this.gone = [];
    this.now = 10;
    this.waiting = [];
  }

  call = async (action, body) => {
    this.calls.push([action, body]);
    await settle();
    if (this.down) throw fault('offline');
    if (this.refuses === action) throw fault('conflict');
    const answer = await this[action.split('.')[1]](body);
    if (this.losesReplies > 0 && action !== 'story.poll') {
      this.losesReplies -= 1;
      throw fault('timeout');
    }
    return answer;
  };

  mineOf(story) {
    return { version: 1, state: 'draft', at: 1, hugs: 0, answers: [], words: '', ...this.held.get(story) };
  }

  save({ story, edit, ...words }) {
    const before = this.held.get(story) || { story, edit: 0, version: 0, state: 'draft' };
    if (edit === before.edit && words.text !== before.text) throw fault('conflict');
    if (edit > before.edit) this.held.set(story, { ...before, ...words, edit, version: before.version + 1 });
    return { story: this.mineOf(story) };
  }

  send({ story, edit }) {
    const before = this.held.get(story);
    if (before.edit !== edit) throw fault('conflict');
    this.held.set(story, { ...before, state: 'waiting', version: before.version + 1 });
    return { story: this.mineOf(story) };
  }

  mine() {
    return { stories: [...this.held.keys()].map((story) => this.mineOf(story)), more: false };
  }

  feed() {
    return { stories: this.public, more: false, cursor: '' };
  }

  read({ story }) {
    const found = this.public.find((one) => one.story === story);
    if (!found) throw fault('not_found');
    return { story: found, answers: [{ id: 'a_1', text: '抱抱', by: 'teen', animal: '小鹿', day: '2026-11-20' }] };
  }

  answer({ story, cid, text }) {
    const { title: about } = this.public.find((one) => one.story === story) || { title: '' };
    this.answered.unshift({ cid, text, about, state: 'waiting', words: '', at: cid, offer_talk: false });
    return { state: 'waiting', offer_talk: false };
  }

  given({ before }) {
    const left = this.answered.filter(({ at }) => !before || at < before);
    return { answers: left, more: false };
  }

  take_back({ answer }) {
    const found = this.answered.find(({ cid }) => cid === answer);
    found.state = 'withdrawn';
    return { answer: { ...found } };
  }

  async poll({ since, wait }) {
    if (wait && this.now <= since) await new Promise((resolve) => { this.waiting.push(resolve); });
    return { now: this.now, gone: since ? this.gone : [] };
  }

  take(id) {
    this.public = this.public.filter(({ story }) => story !== id);
    this.gone = [id];
    this.now += 1;
    this.waiting.splice(0).forEach((resolve) => resolve());
  }
}

function open({ server = new FakeStories(), store = fakeStore(), clock = new FakeClock() } = {}) {
  const stories = new Stories({ call: server.call, store, clock, onChange: () => {} });
  return { stories, server, store, clock };
}

const published = (story, more = {}) => ({
  story, title: '', text: `全文 ${story}`, topic: 'study', animal: '小猫', day: '2026-11-20', ...more,
});
const actionsOf = (server) => server.calls.map(([action]) => action).filter((one) => one !== 'story.poll');

test('what is typed is in storage at once and on the server after a pause', async () => {
  const { stories, server, store, clock } = open();
  const { story } = stories.drafts.begin(null, '小鹿');
  stories.drafts.write(story, { text: '今天' });
  stories.drafts.write(story, { text: '今天很累' });
  assert.equal(store.get('stories.drafts')[0].text, '今天很累');
  assert.deepEqual(server.calls, []);
  await clock.pass(2000);
  assert.deepEqual(actionsOf(server), ['story.save']);
  assert.equal(server.held.get(story).text, '今天很累');
  assert.equal(draftView(stories.drafts.get(story), false).kept, '存好了');
});

test('written and sent without a network, it goes when there is one, after a restart too', async () => {
  const { stories, server, store, clock } = open();
  server.down = true;
  const { story } = stories.drafts.begin(null, '小鹿');
  stories.drafts.write(story, { text: '断网写的' });
  stories.drafts.send(story);
  await clock.pass(3000);
  assert.equal(draftView(stories.drafts.get(story), false).kept, '连上网就送出去');
  stories.stop();

  server.down = false;
  const again = open({ server, store: fakeStore(store.values), clock });
  again.stories.start();
  await clock.pass(3000);
  again.stories.stop();
  assert.equal(server.held.get(story).state, 'waiting');
  assert.equal(again.stories.drafts.get(story), null);
  assert.equal(again.stories.sent.state, 'waiting');
});

test('lost replies neither double nor lose a story', async () => {
  const { stories, server, clock } = open();
  server.losesReplies = 3;
  const { story } = stories.drafts.begin(null, '小鹿');
  stories.drafts.write(story, { text: '只有一篇' });
  stories.drafts.send(story);
  await clock.pass(60000);
  assert.deepEqual([...server.held.keys()], [story]);
  assert.equal(server.held.get(story).state, 'waiting');
  assert.deepEqual(stories.drafts.all, []);
});

test('words written while a send is under way are not sent with it', async () => {
  const { stories, server, clock } = open();
  const { story } = stories.drafts.begin(null, '小鹿');
  stories.drafts.write(story, { text: '第一版' });
  stories.drafts.send(story);
  stories.drafts.write(story, { text: '第二版' });
  await clock.pass(5000);
  assert.equal(server.held.get(story).state, 'draft');
  assert.equal(server.held.get(story).text, '第二版');
});

test('what is too long is kept whole here and not sent', async () => {
  const { stories, server, clock } = open();
  const { story } = stories.drafts.begin(null, '小鹿');
  stories.drafts.write(story, { text: '长'.repeat(100000) });
  stories.drafts.send(story);
  await clock.pass(5000);
  assert.deepEqual(server.calls, []);
  const view = draftView(stories.drafts.get(story), false);
  assert.deepEqual([view.text.length, view.left, view.canSend], [100000, -95000, false]);
});

test('other words under the same count do not stand in the way', async () => {
  const { stories, server, clock } = open();
  const { story } = stories.drafts.begin(null, '小鹿');
  server.held.set(story, { story, edit: 1, text: '另一台手机', version: 1, state: 'draft' });
  stories.drafts.write(story, { text: '这台手机' });
  await clock.pass(3000);
  assert.equal(server.held.get(story).text, '这台手机');
  assert.equal(stories.drafts.get(story).why, '');
});

test('a story that takes no more words gives them to a new one', async () => {
  const { stories, server, clock } = open();
  const { story } = stories.drafts.begin(null, '小鹿');
  server.refuses = 'story.save';
  stories.drafts.write(story, { text: '留得住' });
  await clock.pass(3000);
  assert.ok(stories.drafts.get(story).why);
  server.refuses = '';
  const anew = stories.drafts.beginAnew(story);
  await clock.pass(3000);
  assert.notEqual(anew.story, story);
  assert.equal(server.held.get(anew.story).text, '留得住');
});

test('what is taken back leaves the list and the open page, with its text', async () => {
  const { stories, server, clock } = open();
  server.public = [published('s_1'), published('s_2')];
  stories.start();
  await stories.readFeed('');
  await stories.open('s_1');
  await clock.pass(100);
  server.take('s_1');
  await clock.pass(100);
  stories.stop();
  assert.deepEqual(stories.feed.stories.map(({ story }) => story), ['s_2']);
  assert.deepEqual(readView(stories.opened), { gone: true, story: 's_1' });
  assert.ok(!JSON.stringify([stories.feed, stories.opened]).includes('全文 s_1'));
});

test('an answer that is gone leaves the open story, which stays', async () => {
  const { stories, server, clock } = open();
  server.public = [published('s_1')];
  stories.start();
  await stories.open('s_1');
  await clock.pass(100);
  server.take('a_1');
  await clock.pass(100);
  stories.stop();
  assert.equal(stories.opened.gone, false);
  assert.deepEqual(stories.opened.answers, []);
});

test('what one wrote to others is told with its state, and taken back', async () => {
  const { stories, server } = open();
  server.public = [published('s_1', { title: '新学校' })];
  await stories.answer('s_1', '我也是');
  server.answered[0].words = '谢谢你这样写';
  await stories.readMine();
  const [row] = givenView(stories.given).answers;
  assert.deepEqual([row.about, row.canTakeBack, row.words], ['写给《新学校》', true, '谢谢你这样写']);
  await stories.takeBack(row.cid);
  assert.equal(givenView(stories.given).answers[0].canTakeBack, false);
  server.refuses = 'story.given';
  await stories.readMine();
  assert.equal(stories.mine.state, 'ready');
  assert.equal(stories.given.answers.length, 1, 'what is held stays where it cannot be read');
});

test('an answer whose reply was lost goes again under the same cid', async () => {
  const { stories, server } = open();
  server.losesReplies = 1;
  await assert.rejects(stories.answer('s_1', '我也是'));
  assert.equal(stories.answerTo('s_1').text, '我也是');
  await stories.answer('s_1', '我也是');
  const cids = server.calls.filter(([action]) => action === 'story.answer').map(([, body]) => body.cid);
  assert.equal(cids.length, 2);
  assert.equal(cids[0], cids[1]);
  assert.equal(stories.answerTo('s_1').text, '');
});

test('nothing of what was written stays on the device once all is erased', () => {
  const { stories, store } = open();
  const { story } = stories.drafts.begin(null, '小鹿');
  stories.drafts.write(story, { text: '写到一半' });
  stories.keepAnswer('s_1', '也写到一半');
  stories.stop();
  forgetStories(store);
  assert.deepEqual(store.values, {});
});

test('of a heavy story the list shows that it is, and nothing of it', () => {
  const [light, heavy] = [published('s_1'), published('s_2', { heavy: true })].map((story) => (
    readView({ story, answers: [], gone: false })
  ));
  assert.ok(light.excerpt.includes('全文'));
  assert.deepEqual([heavy.excerpt, heavy.heavy], ['', true]);
});

test('one\'s own words on this device stand before the server\'s older ones', () => {
  const mine = {
    story: 'm1', state: 'change_asked', edit: 2, version: 3, title: '', text: '旧的', topic: 'study',
    animal: '小鹿', at: 5, hugs: 0, answers: [], offered: null, words: '改一改', offer_talk: false,
  };
  const draft = { ...mine, edit: 3, saved: 2, text: '新的', send: false, why: '' };
  assert.deepEqual(mineView([mine], [draft], false).map(({ text }) => text), ['新的']);
  const [row] = mineView([mine], [], false);
  assert.deepEqual([row.words, row.canEdit, row.canWithdraw], ['改一改', true, true]);
});
