/** The form and its kin: what is asked, what is told of it, that it arrives once; quiz, survey, lines, board. */
const assert = require('node:assert/strict');
const path = require('node:path');
const { test } = require('node:test');

const { FakeClock, fakeStore, fault } = require('./fakes.js');
const { cases } = require('./form_cases.json');

const BLOCKS = path.join(__dirname, '..', '..', 'components');
const block = (...names) => path.join(BLOCKS, ...names);
const { drawable, faultOf, faultsOf, picturesOf, written } = require(block('form', 'fields.js'));
const { PART, Sending } = require(block('form', 'sending.js'));
const { linesOf, paceOf } = require(block('read-aloud', 'lines.js'));
const { MOST_BYTES, STEPS, bytesOf, firstSmallEnough, fitted } = require(block('photo-picker', 'shrink.js'));

/** A block as its JavaScript says, without a screen: properties as data, events in a list. */
function blockOf(name, wx = {}) {
  let options;
  const file = block(name, 'index.js');
  delete require.cache[file];
  Object.assign(globalThis, { wx, Component: (given) => { options = given; } });
  require(file);
  const values = Object.entries(options.properties || {}).map(([key, { value }]) => [key, value]);
  const made = { data: { ...options.data, ...Object.fromEntries(values) }, events: [] };
  Object.assign(made, options.methods, {
    setData(change) {
      Object.assign(this.data, change);
    },
    triggerEvent(event, detail) {
      this.events.push([event, detail]);
    },
    /** Hands properties in, as a page does. */
    given(properties) {
      this.setData(properties);
      Object.entries(options.observers || {}).forEach(([names, tell]) => {
        const keys = names.split(', ');
        if (keys.some((key) => key in properties)) tell.apply(this, keys.map((key) => this.data[key]));
      });
      return this;
    },
  });
  return made;
}

const tapped = (dataset) => ({ currentTarget: { dataset } });

test('every case is judged as the server judges it', () => {
  cases.forEach(({ field, value, fault: told }) => {
    assert.equal(faultOf({ name: 'a', title: '甲', ...field }, value), told, JSON.stringify({ field, value }));
  });
  assert.ok(cases.length > 40);
});

const FIELDS = [
  { name: 'who', title: '称呼', type: 'text', required: true },
  { name: 'age', title: '几岁', type: 'number', most: 18 },
  { name: 'one', title: '照片', type: 'photo' },
  { name: 'two', title: '还有照片', type: 'photo', most: 2 },
];

test('what is unknown or doubled in a form is not drawn, and nothing breaks', () => {
  const odd = [null, 3, { type: 'text' }, { name: 'a', type: 'magic' }, FIELDS[0], FIELDS[0]];
  assert.deepEqual(drawable(odd), [FIELDS[0]]);
  assert.deepEqual(drawable(undefined), []);
});

test('numbers are read as typed, also full-width; pictures are told by their place', () => {
  const values = { who: ' ', age: ' １２', one: [{ data: 'A' }], two: [{ data: 'B' }, { data: 'C' }] };
  assert.deepEqual(written(FIELDS, values), { age: 12, one: [0], two: [1, 2] });
  assert.deepEqual(picturesOf(FIELDS, values).map((one) => one.data), ['A', 'B', 'C']);
  assert.deepEqual(faultsOf(FIELDS, values), { who: '还没有填' });
  assert.equal(faultsOf(FIELDS, { who: '甲', age: '十二' }).age, '要填数字');
});

/** A server that counts; switches: `down`, `losesReplies`, `refuses`. */
class FakeForms {
  constructor() {
    this.answers = new Map();
    this.pictures = new Map();
    this.calls = [];
    this.down = false;
    this.losesReplies = 0;
    this.refuses = '';
  }

  call = async (action, body) => {
    this.calls.push(action);
    await null;
    if (this.down) throw fault('offline');
    const answer = this[action.split('.')[1]](body);
    if (action === 'forms.send' && this.losesReplies > 0) {
      this.losesReplies -= 1;
      throw fault('timeout');
    }
    return answer;
  };

  picture({ cid, index, part, parts, data }) {
    assert.ok(data.length <= 68268 && part < parts);
    this.pictures.set(`${cid}/${index}/${part}`, data);
    return { parts: part + 1, whole: part + 1 === parts };
  }

  send({ cid, values }) {
    if (this.refuses) throw fault(this.refuses);
    this.answers.set(cid, values);
    return { cid, at: 7, safety: false };
  }

  withdraw({ cid }) {
    this.answers.delete(cid);
    return {};
  }
}

function sendingOf(server, { clock = new FakeClock(), store = fakeStore() } = {}) {
  let count = 0;
  const made = new Sending({
    page: 'p', form: 'f', call: server.call, store, clock, newCid: () => `cid-${(count += 1)}`, onChange: () => {},
  });
  return { sending: made, clock, store };
}

test('an answer goes once, with its cid, however many answers of the server are lost', async () => {
  const server = new FakeForms();
  const { sending, clock, store } = sendingOf(server);
  server.losesReplies = 2;
  sending.keepDraft({ who: '甲' });
  sending.submit({ who: '甲' }, []);
  sending.submit({ who: '甲' }, []);
  await clock.pass(20000);
  assert.equal(sending.phase, 'sent');
  assert.deepEqual([...server.answers], [['cid-1', { who: '甲' }]]);
  assert.equal(server.calls.length, 3);
  assert.deepEqual(sending.draft, {});
  assert.deepEqual(Object.keys(store.values), ['form:p/f sent']);
});

test('what was sent without a line goes on after the page was opened anew, pictures too', async () => {
  const server = new FakeForms();
  server.down = true;
  const first = sendingOf(server);
  const picture = 'x'.repeat(PART * 2 + 8);
  first.sending.submit({ one: [0] }, [picture]);
  await first.clock.pass(3000);
  assert.equal(first.sending.phase, 'waiting');
  first.sending.leave();
  server.down = false;
  const { sending, clock } = sendingOf(server, { store: first.store });
  assert.equal(sending.phase, 'waiting');
  sending.go();
  await clock.pass(1000);
  assert.equal(sending.phase, 'sent');
  assert.deepEqual([...server.pictures.keys()], ['cid-1/0/0', 'cid-1/0/1', 'cid-1/0/2']);
  assert.equal([...server.pictures.values()].join(''), picture);
  assert.deepEqual([...server.answers.keys()], ['cid-1']);
});

test('a refusal gives the answer back, keeps the draft, and the next try is another answer', async () => {
  const server = new FakeForms();
  const { sending, clock, store } = sendingOf(server);
  server.refuses = 'conflict';
  sending.keepDraft({ who: '甲' });
  sending.submit({ who: '甲' }, ['x']);
  await clock.pass(60000);
  assert.equal(sending.phase, 'refused');
  assert.deepEqual(sending.draft, { who: '甲' });
  assert.deepEqual(Object.keys(store.values), ['form:p/f draft']);
  server.refuses = '';
  sending.submit({ who: '乙' }, []);
  await clock.pass(1000);
  assert.deepEqual([...server.answers], [['cid-2', { who: '乙' }]]);
});

test('taking back reaches the server, and where it cannot the answer still stands', async () => {
  const server = new FakeForms();
  const { sending, clock } = sendingOf(server);
  sending.submit({ who: '甲' }, []);
  await clock.pass(10);
  server.down = true;
  await assert.rejects(sending.withdraw(), { code: 'offline' });
  assert.equal(sending.phase, 'sent');
  server.down = false;
  await sending.withdraw();
  assert.deepEqual([server.answers.size, sending.phase, sending.last], [0, 'writing', undefined]);
});

test('a picture is drawn smaller until it may be sent, and never larger than it was', () => {
  assert.deepEqual(fitted({ width: 4000, height: 1000 }, 1600), { width: 1600, height: 400 });
  assert.deepEqual(fitted({ width: 30, height: 20 }, 1600), { width: 30, height: 20 });
  const drawn = [];
  const result = firstSmallEnough({ width: 4000, height: 3000 }, ({ width }) => {
    drawn.push(width);
    return `data:image/jpeg;base64,${'A'.repeat(width * 400)}`;
  });
  assert.deepEqual(drawn, [1600, 1280, 1024, 800]);
  assert.ok(bytesOf(result) <= MOST_BYTES);
  const huge = () => `data:image/jpeg;base64,${'A'.repeat(MOST_BYTES * 2)}`;
  assert.throws(() => firstSmallEnough({ width: 9, height: 9 }, huge), /太大了/);
  assert.equal(STEPS.length, 5);
});

test('a chooser that is closed is no fault, one that fails is told kindly', async () => {
  const picker = (wx) => blockOf('photo-picker', wx);
  const closed = picker({ chooseMedia: async () => { throw { errMsg: 'chooseMedia:fail cancel' }; } });
  await closed.onAdd();
  assert.deepEqual([closed.data.problem, closed.data.busy, closed.events], ['', false, []]);
  const failing = picker({ chooseMedia: async () => { throw { errMsg: 'chooseMedia:fail auth deny' }; } });
  await failing.onAdd();
  assert.match(failing.data.problem, /没有选上图片/);
  const good = picker({ chooseMedia: async () => ({ tempFiles: [1, 2, 3, 4].map((n) => ({ tempFilePath: `data:image/jpeg;base64,AA${n}=` })) }) });
  await good.onAdd();
  assert.deepEqual(good.events[0][1].pictures.map((one) => one.data), ['AA1=', 'AA2=', 'AA3=']);
});

test('a place keeps its point while it has words, and never asks where the device is', async () => {
  const asked = [];
  const wx = { chooseLocation: async () => ({ name: '公园', address: '西门', latitude: 30, longitude: 104 }), canIUse: () => true };
  const picker = blockOf('place-picker', new Proxy(wx, { get: (all, name) => { asked.push(name); return all[name]; } }));
  await picker.onPick();
  const picked = picker.events.pop()[1].place;
  assert.deepEqual(picked, { words: '公园，西门', latitude: 30, longitude: 104 });
  picker.given({ place: picked });
  picker.onWords({ detail: { value: '公园东门' } });
  assert.deepEqual(picker.events.pop()[1].place, { words: '公园东门', latitude: 30, longitude: 104 });
  picker.onWords({ detail: { value: '' } });
  assert.deepEqual(picker.events.pop()[1].place, { words: '' });
  assert.ok(!asked.includes('getLocation'));
});

const QUESTIONS = [
  { ask: '一', options: '甲\n乙', right: 2, why: '因为乙' },
  { ask: '坏的', options: '只有一个', right: 1 },
  { ask: '二', options: '甲\n乙\n丙', right: 1 },
];

test('a quiz gives a reason and kind words, counts what was known, and begins again', () => {
  const quiz = blockOf('quiz').given({ questions: QUESTIONS });
  assert.deepEqual([quiz.data.total, quiz.data.view.place], [2, '第 1 题，共 2 题']);
  quiz.onChoose(tapped({ value: 1 }));
  assert.deepEqual([quiz.data.view.isRight, quiz.data.view.why], [false, '因为乙']);
  assert.deepEqual(quiz.data.view.options.map((one) => one.mark), ['other', 'right']);
  assert.ok(!/错/.test(quiz.data.view.verdict));
  quiz.onChoose(tapped({ value: 2 }));
  assert.equal(quiz.data.view.chosen, 1);
  quiz.onNext();
  quiz.onChoose(tapped({ value: 1 }));
  quiz.onNext();
  assert.deepEqual(quiz.events, [['finish', { known: 1, total: 2 }]]);
  quiz.onAgain();
  assert.deepEqual([quiz.data.finished, quiz.data.view.chosen], [false, 0]);
  assert.equal(blockOf('quiz').given({ questions: [{ ask: '空' }, null] }).data.view, null);
});

test('a survey tells its result once something was answered, and each answer can be taken away', () => {
  const survey = blockOf('survey-questions').given({ questions: [
    { name: 'a', ask: '累吗', type: 'scale' }, { name: 'b', ask: '睡吗' }, { name: 'c', ask: '和谁', type: 'choice', options: '朋友\n家人' },
    { name: 'd', ask: '没有选项', type: 'choice', options: '' }, { ask: '没有代号' },
  ] });
  assert.deepEqual(survey.data.asked.map((one) => one.name), ['a', 'b', 'c']);
  survey.onSubmit();
  assert.deepEqual(survey.events, []);
  survey.onChoose(tapped({ name: 'a', value: 4 }));
  survey.onChoose(tapped({ name: 'b', value: 3 }));
  survey.onChoose(tapped({ name: 'b', value: 3 }));
  survey.onChoose(tapped({ name: 'c', value: '朋友' }));
  survey.onSubmit();
  assert.deepEqual(survey.events, [['result', { answers: { a: 4, c: '朋友' }, sum: 4, mean: 4 }]]);
});

test('the lines of a text are the text, short enough for one breath', () => {
  const text = '清早的菜市场，是一天里最热闹的地方。卖豆腐的大爷刚掀开蒸笼，白气一下子涌上来，带着淡淡的豆香，老远就能闻到！\n\n“来一块？”他笑着问。';
  const lines = linesOf(text);
  assert.equal(lines.map((one) => one.text).join(''), text.replace(/\n/g, ''));
  assert.deepEqual(lines.filter((one) => one.begins).length, 2);
  assert.ok(lines.every((one) => one.text.length <= 30));
  assert.deepEqual([linesOf(''), linesOf('。').length, linesOf('没有标点').length], [[], 1, 1]);
  assert.ok(paceOf('一二三') < paceOf('一二三四五六'));
});

/** A voice that ends a line when told. */
function fakeVoice(isReady) {
  const said = [];
  return {
    said,
    isReady: () => isReady,
    watch: () => () => {},
    stop: () => said.push('stop'),
    speak: (text, told) => { said.push(text); said.told = told; },
  };
}

test('a voice reads line by line; one that fails leaves the lines going on in silence', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const voice = fakeVoice(true);
  const reader = blockOf('read-aloud', { nxVoice: voice, getStorageSync: () => 2 }).given({ text: '一。二。三。' });
  reader.setData({ canSpeak: true });
  reader.onPlay();
  voice.said.told.onEnd();
  assert.deepEqual([voice.said[0], voice.said[1], reader.data.at], ['一。', '二。', 1]);
  voice.said.told.onError();
  assert.deepEqual([reader.data.canSpeak, reader.data.going], [false, true]);
  t.mock.timers.tick(60000);
  t.mock.timers.tick(60000);
  assert.deepEqual([reader.data.going, reader.data.at, reader.events], [false, 2, [['finish', {}]]]);
  reader.onStep(tapped({ by: -1 }));
  assert.equal(reader.data.place, '第 2 句，共 3 句');
});

test('what is stopped stays stopped: an end told late moves nothing', () => {
  const voice = fakeVoice(true);
  const reader = blockOf('read-aloud', { nxVoice: voice }).given({ text: '一。二。' });
  reader.setData({ canSpeak: true });
  reader.onPlay();
  const late = voice.said.told.onEnd;
  reader.onPlay();
  late();
  assert.deepEqual([reader.data.going, reader.data.at], [false, 0]);
});

test('the board tells who waits, how long the first, and keeps the last picture when reading fails', (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 3600000 });
  const head = (id, level, since) => ({ id, level, tier: 'listener', waiting_since: since, answer_due: null });
  const queue = { listener: 2, counsellor: 1, heads: [head('a', 3, 3600000), head('b', 0, 600000)] };
  const board = blockOf('live-board').given({ queue, people: [{ id: 's', name: '小禾', role: 'listener', load: 0 }], state: 'ready' });
  assert.deepEqual(
    [board.data.face, board.data.board.longest, board.data.board.grave, board.data.board.rows[1].waited],
    ['board', '50 分钟', 1, '等了 50 分钟'],
  );
  assert.deepEqual(board.data.board.present, [{ id: 's', name: '小禾', role: '暖心师', load: '空着' }]);
  board.given({ state: 'failed' });
  assert.equal(board.data.face, 'board');
  board.given({ queue: null });
  assert.equal(board.data.face, 'failed');
  board.given({ queue: { listener: 0, counsellor: 0, heads: [] } });
  assert.equal(board.data.board.longest, '');
});

test('colleagues are found by name and by role', () => {
  const people = [{ id: '1', name: '周老师', role: 'counsellor', load: 2 }, { id: '2', name: '小禾', role: 'listener', load: 0 }];
  const list = blockOf('people-list').given({ people, sought: '' });
  assert.deepEqual(list.data.rows.map((one) => one.name), ['小禾', '周老师']);
  assert.deepEqual(list.given({ sought: '咨询' }).data.rows.map((one) => one.name), ['周老师']);
  assert.deepEqual(list.given({ people: null, sought: '' }).data.rows, []);
});
