/** What the blocks compute for the screen, and that every block can be described to the editor. */
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');

const BLOCKS = path.join(__dirname, '..', '..', 'components');
const { cut, worthTelling } = require(path.join(BLOCKS, 'shared', 'spans.js'));
const { itemsOf } = require(path.join(BLOCKS, 'shared', 'view.js'));
const { dayName, hourMinute, since } = require(path.join(BLOCKS, 'shared', 'time.js'));

const at = (hour, minute = 0, day = 20) => new Date(2026, 10, day, hour, minute).getTime();
const teen = { viewer: 'teen', names: { listener: '小禾' }, now: at(12) };
const message = (seq, from, more = {}) => ({ seq, cid: `cid-${seq}`, from, kind: 'text', text: `${seq}`, at: at(10), ...more });

test('marks count code points, overlap, and never change the text', () => {
  const text = '😭真的不想活了';
  const pieces = cut(text, [{ start: 3, end: 6 }, { start: 5, end: 7 }, { start: 5, end: 99 }]);
  assert.equal(pieces.map((piece) => piece.text).join(''), text);
  assert.deepEqual(pieces.filter((piece) => piece.marked).map((piece) => piece.text), ['不想活了']);
});

test('rules are told before weights, weak and covered reasons not at all', () => {
  const model = (start, end, weight) => ({ start, end, source: 'model', weight });
  const rule = { start: 2, end: 6, source: 'rule', name: 'wish_to_die', weight: 0.9 };
  const told = worthTelling([model(3, 5, 2), model(0, 1, 0.1), model(6, 8, 1), rule]);
  assert.deepEqual(told.map(({ start, end }) => [start, end]), [[2, 6], [6, 8]]);
  assert.deepEqual(worthTelling(undefined), []);
});

test('every AI message is labelled, and people by their role and name', () => {
  const items = itemsOf([message(1, 'ai'), message(2, 'teen'), message(3, 'listener')], [], teen);
  assert.deepEqual(items.map((item) => item.ai), [true, false, false]);
  assert.deepEqual(items.map((item) => item.side), ['other', 'self', 'other']);
  assert.equal(items[2].who, '暖心师 小禾');
});

test('a safety card is a card for the teen and a note for staff', () => {
  const card = message(1, 'ai', { kind: 'safety_card' });
  assert.equal(itemsOf([card], [], teen)[0].card, true);
  const fromSystem = { ...card, from: 'system' };
  assert.deepEqual(itemsOf([fromSystem], [], teen).map((item) => [item.card, item.side]), [[true, 'other']]);
  const [note] = itemsOf([card], [], { viewer: 'staff', role: 'listener', now: at(12) });
  assert.deepEqual([note.card, note.side], [false, 'notice']);
});

test('what is unsent is shown with its state until its message is held', () => {
  const entry = { cid: 'cid-9', text: '在吗', at: at(11), state: 'waiting', tries: 2, why: '' };
  const [item] = itemsOf([], [entry], teen);
  assert.deepEqual([item.state, item.canRetry, item.side], ['waiting', true, 'self']);
  assert.equal(itemsOf([message(9, 'teen')], [entry], teen).length, 1);
});

test('a line tells the day where it changes and the time after a pause', () => {
  const items = itemsOf([
    message(1, 'teen', { at: at(22, 0, 19) }), message(2, 'teen', { at: at(9) }),
    message(3, 'teen', { at: at(9, 5) }), message(4, 'teen', { at: at(11) }),
  ], [], teen);
  assert.deepEqual(items.map((item) => item.day), ['昨天 22:00', '今天 09:00', '', '今天 11:00']);
});

test('times are told in the words of the screen', () => {
  assert.equal(hourMinute(at(7, 5)), '07:05');
  assert.equal(dayName(at(23, 59, 19), at(0, 1)), '昨天');
  assert.equal(since(at(10), at(11, 20)), '1 小时 20 分');
  assert.equal(since(at(10), at(10) + 1000), '');
});

test('every block has its four files and a description that names its properties', () => {
  const blocks = fs.readdirSync(BLOCKS).filter((name) => fs.existsSync(path.join(BLOCKS, name, 'index.json')));
  assert.ok(blocks.length >= 15);
  for (const name of blocks) {
    const read = (file) => fs.readFileSync(path.join(BLOCKS, name, file), 'utf8');
    const meta = JSON.parse(read('meta.json'));
    assert.deepEqual(Object.keys(meta).slice(0, 5), ['name', 'meta', 'isContainer', 'data', 'events'], name);
    assert.equal(meta.name, name);
    ['title', 'category'].forEach((key) => assert.ok(meta.meta[key], `${name}: ${key}`));
    const declared = read('index.js').match(/ properties: \{([\s\S]*?)\n {2}\}/);
    const names = declared ? [...declared[1].matchAll(/^ {4}(\w+): \{/gm)].map((match) => match[1]) : [];
    assert.deepEqual(Object.keys(meta.data.properties).sort(), names.sort(), name);
    const events = [...read('index.js').matchAll(/triggerEvent\('(\w+)'/g)].map((match) => match[1]);
    assert.deepEqual(meta.events.map((event) => event.name).sort(), [...new Set(events)].sort(), name);
  }
});

test('nothing a teen sees knows levels', () => {
  const page = [
    'chat-room', 'message-list', 'safety-card', 'wait-bar', 'who-speaks-bar', 'grounding', 'mood-room', 'mood-check-in', 'mood-picker',
    'mood-calendar', 'mood-chart', 'mood-entry', 'plan-room', 'plan-section', 'plan-short', 'my-room', 'exercise-card',
  ];
  page.forEach((name) => {
    assert.ok(!fs.readFileSync(path.join(BLOCKS, name, 'index.js'), 'utf8').includes('labels.js'), name);
  });
});
