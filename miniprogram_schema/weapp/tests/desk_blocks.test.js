/** What the blocks of the desk compute: clocks, days of a follow-up, the order of alerts, sentences. */
const assert = require('node:assert/strict');
const path = require('node:path');
const { test } = require('node:test');

const SHARED = path.join(__dirname, '..', '..', 'components', 'shared');
const { alertRows } = require(path.join(SHARED, 'alerts.js'));
const { answerClock, endClock, offerClock } = require(path.join(SHARED, 'clocks.js'));
const { deskView, goneText, hasNewcomer, lostText, nextHint } = require(path.join(SHARED, 'desk_view.js'));
const { daysFor, dueDay, dueGroup, isPlanned } = require(path.join(SHARED, 'follow_up.js'));
const { itemsOf } = require(path.join(SHARED, 'view.js'));
const { letterRow } = require(path.join(SHARED, 'letters.js'));
const { MessageWindow } = require(path.join(SHARED, 'window.js'));

const MINUTE = 60000;
const NOW = new Date(2026, 10, 20, 12).getTime();
const ME = { role: 'listener', name: '小禾', status: 'available', talks: 1, load: 1, limit: 3, lost: [] };

test('an answer is asked for in words, early and late', () => {
  assert.deepEqual(answerClock(null, NOW), { text: '', isLate: false });
  assert.deepEqual(answerClock(NOW + 2.5 * MINUTE, NOW), { text: '3 分钟内回复', isLate: false });
  assert.deepEqual(answerClock(NOW, NOW), { text: '该回复了', isLate: true });
  assert.deepEqual(answerClock(NOW - 3 * MINUTE, NOW), { text: '该回复了，过了 3 分钟', isLate: true });
});

test('the end of a talk and of an offer are told in minutes', () => {
  assert.equal(endClock(null, NOW), '');
  assert.equal(endClock(NOW + 20 * MINUTE, NOW), '还能聊 20 分钟');
  assert.ok(endClock(NOW - 1, NOW).includes('时间到了'));
  assert.equal(offerClock(NOW + 90000, NOW), '2 分钟内回答就好');
  assert.ok(!offerClock(NOW, NOW).includes('分钟'));
});

test('a form of C, D or E wants a day that is soon enough', () => {
  const wanted = { A: null, B: null, C: 14, D: 7, E: 3 };
  for (const [risk, latest] of Object.entries(wanted)) {
    const days = daysFor(risk).map((one) => one.days);
    assert.equal(Math.max(...days), latest === null ? 30 : latest, risk);
    assert.equal(isPlanned(risk, null), latest === null, risk);
    assert.ok(days.every((one) => isPlanned(risk, one)), risk);
    if (latest !== null) assert.equal(isPlanned(risk, latest + 1), false, risk);
  }
  assert.equal(isPlanned('', 3), false);
});

test('a follow-up is told by its day, not by hours', () => {
  const day = 24 * 60 * MINUTE;
  assert.deepEqual(dueDay(NOW - 1, NOW), { text: '今天', isLate: false });
  assert.deepEqual(dueDay(NOW + day, NOW), { text: '明天', isLate: false });
  assert.deepEqual(dueDay(NOW - 2 * day, NOW), { text: '过了 2 天', isLate: true });
  const groups = [NOW - day, NOW - 1, NOW + 60 * MINUTE, NOW + day].map((at) => dueGroup(at, NOW));
  assert.deepEqual(groups, ['late', 'today', 'today', 'later']);
});

const alert = (id, at, more = {}) => ({
  conversation: `talk-${id}`, id, kind: 'risk', level: 3, step: 1, at, owner: '', mine: false, ...more,
});
const context = (role) => ({ now: NOW, role, held: ['talk-mine'] });

test('alerts of nobody come first, oldest first, then the reader\'s own', () => {
  const alerts = [
    alert('other', NOW - 9 * MINUTE, { owner: '小林' }), alert('mine', NOW - 8 * MINUTE, { owner: '小禾', mine: true }),
    alert('late', NOW - MINUTE), alert('early', NOW - 5 * MINUTE, { step: 2 }),
  ];
  const rows = alertRows(alerts, context('counsellor'));
  assert.deepEqual(rows.map((row) => row.id), ['early', 'late', 'mine', 'other']);
  assert.deepEqual(rows.map((row) => row.isFree), [true, true, false, false]);
  assert.deepEqual(rows.map((row) => row.canClose), [false, false, true, false]);
  assert.deepEqual(rows.map((row) => row.canOpen), [false, false, true, false]);
  assert.equal(rows[0].since, '5 分钟前');
  assert.ok(rows[0].owner.includes('督导') && rows[3].owner.includes('小林'));
  const seen = alertRows(alerts, context('supervisor')).map((row) => row.canClose);
  assert.deepEqual(seen, [false, false, true, true]);
});

test('the talk of an own alert can be opened, in hand or not; a listener closes none', () => {
  const own = alert('own', NOW, { owner: '小禾', mine: true });
  const others = alert('others', NOW, { owner: '小林' });
  const rows = alertRows([own, others], { ...context('counsellor'), held: [] });
  assert.deepEqual(rows.map((row) => [row.canOpen, row.canClose]), [[true, true], [false, false]]);
  const [row] = alertRows([own], { ...context('listener'), held: ['talk-own'] });
  assert.deepEqual([row.canOpen, row.canClose, row.owner], [true, false, '你在处理']);
});

test('a talk that goes with its alert is explained, once', () => {
  const talk = { id: 'c1', mine: false, watching: true, offered_to: '' };
  assert.ok(goneText(talk, ME).includes('提醒'));
  assert.equal(goneText(talk, { ...ME, lost_alerts: ['c1'] }), '');
});

test('every kind of alert has words of its own', () => {
  const kinds = ['risk', 'silence', 'answer'].map((kind) => alert(kind, NOW, { kind }));
  const words = alertRows(kinds, context('supervisor')).map((row) => row.kind);
  assert.equal(new Set(words).size, 3);
  words.forEach((word) => assert.match(word, /\p{Script=Han}/u));
});

test('a letter says what it was about, how often it was tried, and why it did not arrive', () => {
  const letter = { key: 'c1:risk1:2', kind: 'risk', level: 3, step: 2, at: NOW, tries: 11, dead_at: NOW - 5 * MINUTE };
  const rows = ['timeout', 'connection', 'request', 'http_503'].map((fault) => letterRow({ ...letter, fault }, NOW));
  assert.ok(rows[0].tried.includes('11 次') && rows[0].tried.includes('5 分钟前'));
  assert.ok(rows[0].whom.includes('督导'));
  assert.ok(rows[3].fault.includes('503'));
  assert.equal(new Set(rows.map((row) => row.fault)).size, 4);
  rows.forEach((row) => assert.match(row.fault, /\p{Script=Han}/u));
});

test('who cannot take the next one is told why, by load and not by count', () => {
  assert.equal(nextHint(ME), '');
  assert.equal(nextHint({ ...ME, talks: 3, load: 2 }), '');
  assert.ok(nextHint({ ...ME, talks: 1, load: 3 }).includes('满'));
  assert.ok(nextHint({ ...ME, status: 'away' }).includes('在线'));
});

test('a talk that went is explained once: accepted, lost, or in other hands', () => {
  const talk = { id: 'c1', mine: true, offered_to: '' };
  assert.ok(goneText({ ...talk, offered_to: '小林' }, ME).includes('小林'));
  assert.ok(goneText(talk, ME).includes('不在你手上'));
  assert.ok(goneText({ ...talk, mine: false }, ME).includes('陪着'));
  const lost = { ...ME, lost: ['c1'] };
  const quiet = [{ conversation: 'c1', mine: true }];
  assert.ok(goneText(talk, ME, quiet).includes('登记'));
  assert.ok(goneText({ ...talk, id: 'c2' }, ME, quiet).includes('不在你手上'));
  assert.equal(goneText(talk, lost), '');
  assert.ok(lostText(lost).includes('1 段'));
  assert.equal(lostText(ME), '');
  assert.equal(lostText(null), '');
});

test('an alert that was lost by doing nothing is told to who had it and to who comes next', () => {
  const told = lostText({ ...ME, lost_alerts: ['c1'] });
  assert.ok(told.includes('1 件') && told.includes('接着看') && !told.includes('段倾诉'));
  assert.ok(lostText({ ...ME, lost: ['c1'], lost_alerts: ['c1'] }).startsWith('有 1 段倾诉'));
  const left = alert('left', NOW, { left_by: '小林', step: 2 });
  const [row] = alertRows([left], context('supervisor'));
  assert.ok(row.owner.includes('小林') && row.owner.includes('督导') && row.isFree);
});

test('a talk that came by itself is told, one that was taken by hand is not', () => {
  const after = { me: { ...ME, automatic: true }, talks: [{ id: 'c1' }, { id: 'c2' }], openId: 'c1' };
  assert.equal(hasNewcomer([{ id: 'c1' }], after), true);
  assert.equal(hasNewcomer([{ id: 'c1' }], { ...after, openId: 'c2' }), false);
  assert.equal(hasNewcomer([{ id: 'c1' }, { id: 'c2' }], after), false);
  assert.equal(hasNewcomer([], { ...after, me: ME }), false);
});

test('only a teen\'s message on the desk can be called wrongly read', () => {
  const messages = ['teen', 'ai', 'listener'].map((from, i) => (
    { seq: i + 1, cid: `cid-${i}`, from, kind: 'text', text: from, at: NOW }
  ));
  const flags = (viewer) => itemsOf(messages, [], { viewer, now: NOW }).map((item) => item.canCorrect);
  assert.deepEqual(flags('staff'), [true, false, false]);
  assert.deepEqual(flags('teen'), [false, false, false]);
});

test('the desk draws the newest part of a long talk and says that there is more', () => {
  const messages = Array.from({ length: 300 }, (_, i) => (
    { seq: i + 101, cid: `cid-${i}`, from: 'teen', kind: 'text', text: '嗯', at: NOW }
  ));
  const desk = {
    me: ME, queue: { listener: 1, counsellor: 2, heads: [] }, talks: [{ id: 'c1', seq: 400, teen_left: true }],
    alerts: [], offers: [], letters: [], writeUps: [], followUps: [], openId: 'c1', conversation: { id: 'c1' }, transcript: { messages },
    pending: [], hasOlder: true, older: '', phase: 'ready', problem: null, unreadOf: () => 2,
  };
  const window = new MessageWindow();
  const view = deskView(desk, window, NOW);
  assert.equal(view.items[view.items.length - 1].seq, 400);
  assert.ok(view.items.length < 300);
  assert.deepEqual([view.hasOlder, view.hasNewer, view.left, view.unread, view.waitingCount], [true, false, true, 2, 3]);
  for (let i = 0; i < 4; i += 1) window.up(messages);
  const above = deskView(desk, window, NOW);
  assert.equal(above.hasNewer, true);
  assert.equal(above.latest.seq, 400);
});
