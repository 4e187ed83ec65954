/** What a moderator sees and hides: marks, masks, the preview, the lease, the figures. */
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { Moderation } = require('../services/moderation.js');
const { FakeClock, settle } = require('./fakes.js');

const SHARED = path.join(__dirname, '..', '..', 'components', 'shared');
const { ANIMALS } = require(path.join(SHARED, 'animals.js'));
const { figuresView } = require(path.join(SHARED, 'figures.js'));
const { MASK, isWhole, masked, merged, piecesOf, without } = require(path.join(SHARED, 'masks.js'));
const { checkWord, dueWord, itemRow } = require(path.join(SHARED, 'moderation_words.js'));

const MINUTE = 60000;

test('the client carries the animals and the mask of the server', () => {
  const story = path.join(__dirname, '..', '..', '..', 'cloudfunctions', 'story');
  const animals = fs.readFileSync(path.join(story, 'animals.py'), 'utf8').match(/ANIMALS = \(([^)]*)\)/)[1];
  assert.deepEqual([...animals.matchAll(/"([^"]+)"/g)].map(([, name]) => name), ANIMALS);
  const mask = fs.readFileSync(path.join(story, 'wording.py'), 'utf8').match(/^MASK = "(.*)"$/m)[1];
  assert.equal(mask, MASK);
});

test('masks count code points, join, and leave the rest as it was', () => {
  const text = '😭我叫陈小雨，电话13800000000。';
  const spans = [{ start: 9, end: 20 }, { start: 3, end: 6 }, { start: 5, end: 6 }];
  assert.deepEqual(merged(spans), [{ start: 3, end: 6 }, { start: 9, end: 20 }]);
  assert.equal(masked(text, spans), `😭我叫${MASK}，电话${MASK}。`);
  assert.equal(masked(text, []), text);
});

test('a mask is taken out whole or in part', () => {
  const spans = [{ start: 2, end: 10 }];
  assert.deepEqual(without(spans, { start: 4, end: 6 }), [{ start: 2, end: 4 }, { start: 6, end: 10 }]);
  assert.deepEqual(without(spans, { start: 0, end: 20 }), []);
  assert.ok(isWhole(spans, { start: 3, end: 10 }));
  assert.ok(!isWhole(spans, { start: 3, end: 11 }));
});

test('pieces are the text, and marks over several lines stay one mark', () => {
  const text = '我的号\n一三八\n○○○○。晚上想哭';
  const marks = [{ start: 4, end: 12, kind: 'phone' }, { start: 15, end: 17, kind: 'risk' }];
  const pieces = piecesOf(text, marks, [{ start: 4, end: 12 }]);
  assert.equal(pieces.map((piece) => piece.text).join(''), text);
  const phone = pieces.filter((piece) => piece.mark && piece.mark.kind === 'phone');
  assert.equal(phone.map((piece) => piece.text).join(''), '一三八\n○○○○');
  assert.ok(phone.every((piece) => piece.isMasked && piece.mark === marks[0]));
});

test('personal data is marked where it lies in a mark of risk', () => {
  const marks = [{ start: 0, end: 8, kind: 'risk' }, { start: 2, end: 5, kind: 'name' }];
  assert.deepEqual(piecesOf('一二三四五六七八', marks, []).map(({ text, mark }) => [text, mark.kind]), [
    ['一二', 'risk'], ['三四五', 'name'], ['六七八', 'risk'],
  ]);
});

const item = (more = {}) => ({
  kind: 'story', id: 's_1', version: 4, level: 0, types: [], title: '', text: '全文', topic: 'study',
  animal: '小鹿', marks: [], title_marks: [], sent_at: 0, due_at: 0, holder: '', mine: true, reports: [],
  ...more,
});

test('what waits is told by when it is due, what is in it, and who reads it', () => {
  const now = 100 * MINUTE;
  assert.deepEqual(dueWord({ due_at: now + 30 * MINUTE }, now), { text: '还有 30 分钟', isLate: false });
  assert.deepEqual(dueWord({ due_at: now - 5 * MINUTE }, now), { text: '过了 5 分钟', isLate: true });
  const marks = [{ kind: 'phone' }, { kind: 'phone' }, { kind: 'name' }, { kind: 'risk' }];
  const row = itemRow(item({ marks, mine: false, holder: '小林' }), now);
  assert.deepEqual([row.marks, row.holder, row.isOthers], ['手机号 2 · 姓名 1', '小林在读', true]);
});

test('the state of the content check is told in plain words, with why where it waits', () => {
  const said = (check) => checkWord(item({ check }));
  assert.equal(said(null), '');
  assert.match(said({ state: 'pending', of: 'sent', why: '', label: 0 }), /还没有结果.*一会儿就好/);
  assert.match(said({ state: 'pending', of: 'sent', why: 'no_visit', label: 0 }), /两小时内没有来过/);
  assert.match(said({ state: 'pending', of: 'sent', why: 'not_wechat', label: 0 }), /不是从微信进来/);
  assert.match(said({ state: 'pending', of: 'sent', why: 'busy', label: 0 }), /正在再试/);
  assert.match(said({ state: 'pass', of: 'sent', why: '', label: 100 }), /通过/);
  assert.match(said({ state: 'review', of: 'sent', why: '', label: 21000 }), /请你来定/);
  assert.equal(said({ state: 'risky', of: 'sent', why: '', label: 10001 }), '微信内容检查：不能这样公开（广告）');
  assert.match(said({ state: 'risky', of: 'offered', why: '', label: 99999 }), /遮住以后仍不能公开$/);
});

function desk() {
  const server = { item: item(), calls: [] };
  const call = async (action, body) => {
    server.calls.push([action, body]);
    await settle();
    if (action === 'story.queue') return { items: [], more: false, cursor: '', counts: { waiting: 1 } };
    if (action === 'story.decide') return { next: null };
    return { item: server.item };
  };
  const clock = new FakeClock();
  return { server, clock, moderation: new Moderation({ call, clock, onChange: () => {} }) };
}

const takes = ({ calls }) => calls.filter(([action]) => action === 'story.take').length;

test('a lease is renewed while it is read, but not for ever', async () => {
  const { server, clock, moderation } = desk();
  moderation.watch(true);
  await moderation.take('story', 's_1');
  await clock.pass(9 * MINUTE);
  assert.equal(takes(server), 3);
  assert.equal(moderation.changed, false);
  await clock.pass(300 * MINUTE);
  moderation.stop();
  assert.equal(takes(server), 5);
});

test('a wording that its author changed meanwhile is shown as new', async () => {
  const { server, clock, moderation } = desk();
  moderation.watch(true);
  await moderation.take('story', 's_1');
  server.item = item({ version: 5, text: '改过的' });
  await clock.pass(5 * MINUTE);
  moderation.stop();
  assert.deepEqual([moderation.changed, moderation.item.text], [true, '改过的']);
});

test('a decision names the version that was seen', async () => {
  const { server, moderation } = desk();
  await moderation.take('story', 's_1');
  await moderation.decide({ end: 'publish', reason: 'none' });
  moderation.stop();
  const [, body] = server.calls.find(([action]) => action === 'story.decide');
  assert.deepEqual(body, { kind: 'story', id: 's_1', version: 4, end: 'publish', reason: 'none' });
  assert.equal(moderation.item, null);
});

test('figures are told in words, and nothing is divided by nothing', () => {
  const empty = { states: {}, waiting_ages: [], decided: { median_minutes: null, p90_minutes: null, n: 0 }, withheld: [], talks_begun: 0 };
  assert.deepEqual([figuresView({ stories: empty, cards: [] }).median], ['还没有']);
  const stories = {
    ...empty, states: { published: 3, draft: 1 }, decided: { median_minutes: 45, p90_minutes: 90, n: 4 },
  };
  const cards = [
    { exercise: 'breath', by: 'ai', sent: 4, told: 2, yes: 1, a_bit: 1, no: 0 },
    { exercise: 'cold', by: 'staff', sent: 1, told: 0, yes: 0, a_bit: 0, no: 0 },
  ];
  const view = figuresView({ stories, cards });
  assert.deepEqual([view.median, view.slow], ['45 分钟', '1.5 小时']);
  assert.deepEqual(view.cards.map(({ text }) => text), ['4 次 · 100% 有用', '1 次 · 还没回音']);
});

test('nothing of stories that a teen sees knows levels', () => {
  const blocks = path.join(__dirname, '..', '..', 'components');
  const names = fs.readdirSync(blocks).filter((name) => name.startsWith('story-'));
  assert.ok(names.length >= 9);
  const files = [
    ...names.map((name) => path.join(blocks, name, 'index.js')),
    path.join(SHARED, 'story_view.js'), path.join(SHARED, 'story_words.js'),
  ];
  files.forEach((file) => assert.ok(!/labels\.js|moderation_words/.test(fs.readFileSync(file, 'utf8')), file));
});
