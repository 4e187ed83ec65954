/** Pages become trees, trees become changes, and listeners do what they may. */
const assert = require('node:assert/strict');
const { test } = require('node:test');
const { difference } = require('../renderer/diff.js');
const { BrokenPage, PageRun } = require('../renderer/run.js');
const { readLoop } = require('../renderer/loop.js');
const { folderOf, resolve } = require('../renderer/resolve.js');
const { scopeOf } = require('../renderer/scope.js');
const { fault, settle } = require('./fakes.js');

const text = (value) => ({ kind: 'string', value });
const BLOCKS = {
  text: { container: false, props: { text: text(''), tone: { kind: 'string', value: 'ink', options: ['ink', 'soft'] } } },
  section: { container: true, props: { title: text('') } },
  tabs: { container: true, props: { labels: { kind: 'array', value: [] }, active: { kind: 'number', value: 0 } } },
  'data-list': { container: false, props: { items: { kind: 'array', value: [] }, state: text('ready'), on: { kind: 'boolean', value: false }, many: { kind: 'number', value: 3 } } },
  'action-button': { container: false, props: { text: text('按钮') } },
};

const node = (id, component, attributes = {}, more = {}) => ({ id, component, module: 'nuanxinmiao', attributes, ...more });
const pageOf = (items, dataset = {}, more = {}) => ({ type: 'PAGE', id: 'teen_home', label: '首页', attributes: { title: '暖心喵', audience: 'teen' }, dataset, items, listeners: [], ...more });
const stateVar = (initialValue, dataType = typeof initialValue) => ({ varType: 'state', dataType, initialValue });
const listener = (id, eventName, module, name, params = {}) => ({ id, eventName, handler: { module, name, params } });

const scopeWith = (state = {}, more = {}) => scopeOf({ $page: { state, params: {} }, $query: {}, $viewer: { role: 'teen' }, ...more });
const treeOf = (items, state) => resolve(pageOf(items), { scope: scopeWith(state), blocks: BLOCKS });

/** What is on screen, as nested texts. */
const drawn = (items) => items.flatMap((one) => (one.component === 'each' ? drawn(one.items) : one.component && !one.hidden ? [[one.component, one.attrs.text || one.attrs.title || '', ...drawn(one.items)]] : []));

class FakePlatform {
  done = [];
  constructor() {
    for (const name of ['navigateTo', 'redirectTo', 'navigateBack', 'toast', 'openChat', 'callHotline', 'copy', 'scrollToTop']) {
      this[name] = (...given) => { this.done.push([name, ...given]); };
    }
  }
}

/** A run with a server whose answers wait until they are let go. Switches: `answers`, `fails`. */
function open(page, { answers = {}, params } = {}) {
  const platform = new FakePlatform();
  const told = [];
  const asked = [];
  const server = { answers, fails: {}, waits: null };
  const call = async (action, body, audience) => {
    asked.push([action, body, audience]);
    if (server.waits) await server.waits;
    if (server.fails[action]) throw Object.assign(fault('unavailable'), { message: server.fails[action], hint: '12355' });
    return server.answers[action] || {};
  };
  const run = new PageRun({ blocks: BLOCKS, platform, call, viewer: () => ({ role: 'teen' }), draw: (one) => told.push(one) });
  if (params) run.setGiven(params);
  run.show(page);
  return { run, platform, told, asked, server, screen: () => drawn(run.tree.items), settings: () => told[0].settings };
}

test('a name of CALS is the folder of its block', () => {
  assert.equal(folderOf('MoodPicker'), 'mood-picker');
  assert.equal(folderOf('Text'), 'text');
});

test('loops are read, and names that are no names are not', () => {
  assert.deepEqual(readLoop('(item, i) in $page.state.list'), { item: 'item', index: 'i', list: '$page.state.list' });
  assert.deepEqual(readLoop('故事 in $query.a.data'), { item: '故事', index: '', list: '$query.a.data' });
  for (const wrong of ['in list', 'item of list', '(a, b, c) in d', '$page in x', '__proto__ in x', 'true in x', 'item in', 7, null, 'a'.repeat(3000)]) {
    assert.equal(readLoop(wrong), null, String(wrong));
  }
});

test('attributes are those of the block, of its kinds, its defaults for the rest', () => {
  const given = { items: 'no list', state: 5, on: 1, many: 'x', ':many': '1 + 1', alien: 1, __proto__: { items: [1] } };
  const { items, faults } = treeOf([node('n1', 'DataList', given), node('n2', 'Text', { tone: 'loud', text: null })]);
  assert.deepEqual(items[0].attrs, { items: [], state: '5', on: true, many: 2 });
  assert.deepEqual(items[1].attrs, { text: '', tone: 'ink' });
  assert.deepEqual(faults.map(({ id, where }) => [id, where]), [['n1', 'items'], ['n1', 'many'], ['n2', 'tone']]);
});

test('an expression goes over what is fixed, and where it gives nothing the fixed stays', () => {
  const { items } = treeOf([
    node('a', 'Text', { text: '先', ':text': '$page.state.name + "，你好"' }), node('b', 'Text', { text: '先', ':text': '$page.state.none' }),
    node('c', 'Text', { text: '先', ':text': 'alert(1)' }),
  ], { name: '小雨' });
  assert.deepEqual(items.map(({ attrs }) => attrs.text), ['小雨，你好', '先', '先']);
});

test('conditions, hiding and loops', () => {
  const items = [
    node('a', 'Text', { text: '有' }, { directives: { ':if': '$page.state.on' } }),
    node('b', 'Text', { text: '无' }, { directives: { ':if': '!$page.state.on' } }),
    node('c', 'Text', { text: '藏' }, { directives: { ':display': 'false' } }),
    node('d', 'Section', {}, { directives: { ':for': '(row, i) in $page.state.rows', key: 'row.id' }, items: [
      node('e', 'Text', { ':text': 'i + row.word' }), node('f', 'Text', { ':text': 'tag' }, { directives: { ':for': 'tag in row.tags' } }),
    ] }),
  ];
  const { items: tree } = treeOf(items, { on: true, rows: [{ id: 'x', word: '甲', tags: ['1'] }, { id: 'y', word: '乙', tags: [] }] });
  assert.deepEqual(drawn(tree), [['text', '有'], ['section', '', ['text', '0甲'], ['text', '1']], ['section', '', ['text', '1乙']]]);
  assert.deepEqual(tree[3].items.map(({ key }) => key), ['d--x', 'd--y']);
  assert.equal(tree[2].hidden, true);
});

test('copies with the same key are still told apart', () => {
  const { items } = treeOf([node('a', 'Text', { ':text': 'x.t' }, { directives: { ':for': 'x in [{t: "1", k: 1}, {t: "2", k: 1}]', key: 'x.k' } })]);
  assert.equal(new Set(items[0].items.map(({ key }) => key)).size, 2);
});

test('what cannot be drawn is a gap, and the rest stands', () => {
  const round = node('r', 'Section');
  round.items = [round, node('t', 'Text', { text: '在' })];
  const deep = (depth) => (depth ? node(`d${depth}`, 'Section', {}, { items: [deep(depth - 1)] }) : node('end', 'Text', { text: '底' }));
  const { items, unknown } = treeOf([null, 7, [], 'x', node('u', 'Unknown'), node('p', '__proto__'), node('c', 'Constructor'), { component: 'Text' }, round, deep(1000), node('z', 'Text', { text: '好' }, { directives: { ':for': 'x in $page.state.none' } }), node('ok', 'Text', { text: '好' })]);
  assert.ok(unknown.includes('unknown'));
  assert.deepEqual(drawn(items).filter(([component]) => component === 'text').at(-1), ['text', '好']);
});

test('however many there are, drawing ends', () => {
  const wide = [node('w', 'Text', { text: '多' }, { directives: { ':for': 'a in range(100)' } })];
  const nested = [node('o', 'Section', {}, { directives: { ':for': 'b in range(100)' }, items: wide })];
  const started = process.hrtime.bigint();
  const { count } = treeOf([...nested, ...nested]);
  assert.ok(count <= 3000);
  assert.ok(Number(process.hrtime.bigint() - started) / 1e6 < 500);
});

test('tabs are given the titles of what stands in them and show one', () => {
  const { run, screen } = open(pageOf([node('t', 'Tabs', {}, { items: [
    node('a', 'Section', { title: '甲' }), node('b', 'Section', { title: '乙' }), node('c', 'Section', { title: '丙' }, { directives: { ':if': 'false' } }),
  ] })]));
  assert.deepEqual(run.tree.items[0].attrs, { labels: ['甲', '乙'], active: 0 });
  assert.deepEqual(screen(), [['tabs', '', ['section', '甲']]]);
  run.onBlock('t', 'change', { index: 1 });
  assert.deepEqual(screen(), [['tabs', '', ['section', '乙']]]);
  run.onBlock('t', 'change', { index: 9 });
  assert.deepEqual(screen(), [['tabs', '', ['section', '甲']]]);
});

test('only what changed is told, block by block', () => {
  const items = [
    node('s', 'Section', {}, { items: [node('a', 'Text', { ':text': '$page.state.word' }), node('b', 'Text', { text: '不变' })] }),
    node('l', 'DataList', { ':items': '$page.state.rows' }),
    node('i', 'Text', { text: '现' }, { directives: { ':if': '$page.state.on' } }),
  ];
  const at = (state) => treeOf(items, state).items;
  const base = { word: '一', rows: [{ t: '1' }, { t: '2' }], on: false };
  const from = at(base);
  assert.deepEqual(difference(from, at(base)), []);
  assert.deepEqual(difference(from, at({ ...base, word: '二' })), [['a', { 'node.attrs.text': '二' }]]);
  assert.deepEqual(difference(from, at({ ...base, rows: [{ t: '1' }, { t: '3' }] })), [['l', { 'node.attrs.items[1].t': '3' }]]);
  assert.deepEqual(difference(from, at({ ...base, rows: [...base.rows, { t: '3' }] })), [['l', { 'node.attrs.items[2]': { t: '3' } }]]);
  assert.deepEqual(difference(from, at({ ...base, rows: [] })), [['l', { 'node.attrs.items': [] }]]);
  const [[key, data]] = difference(from, at({ ...base, on: true }));
  assert.deepEqual([key, Object.keys(data), data.node.attrs.text], ['i', ['node'], '现']);
});

test('a change told path by path gives the same data as the tree', () => {
  const set = (data, path, value) => {
    const steps = path.split(/[.[\]]+/).filter(Boolean);
    const last = steps.pop();
    steps.reduce((at, step) => at[step], data)[last] = value;
  };
  const values = [[], [1], [1, 2], [{ a: 1 }], [{ a: 1, b: { c: [1] } }], [{ a: 2, b: { c: [1, 2] } }], [{ 'x y': 1 }], [null], ['文', { a: null }], Array(60).fill(0).map((_, i) => i)];
  const tree = (value) => treeOf([node('l', 'DataList', { ':items': '$page.state.v' })], { v: value }).items;
  for (const before of values) {
    for (const after of values) {
      const data = { node: structuredClone(tree(before)[0]) };
      difference(tree(before), tree(after)).forEach(([, changes]) => Object.entries(changes).forEach(([path, value]) => set(data, path, structuredClone(value))));
      assert.deepEqual(data.node, tree(after)[0]);
    }
  }
});

test('variables begin as declared, change by listeners, and the page follows', () => {
  const { run, told, screen } = open(pageOf([
    node('b', 'ActionButton', { text: '加' }, { listeners: [listener('l1', 'tap', 'platform', 'setState', { name: 'n', ':value': '$page.state.n + 1' }), listener('l2', 'tap', 'platform', 'setState', { name: 'nobody', value: 1 })] }),
    node('t', 'Text', { ':text': '"次数 " + $page.state.n' }),
  ], { state: { n: stateVar(1) } }));
  assert.equal(screen()[1][1], '次数 1');
  run.onBlock('b', 'tap', {});
  assert.equal(screen()[1][1], '次数 2');
  assert.deepEqual(told.at(-1).changes, [['t', { 'node.attrs.text': '次数 2', 'node.rev': 1 }]]);
  assert.deepEqual(run.state, { n: 2 });
  run.onBlock('b', 'other', {});
  run.onBlock('nobody', 'tap', {});
  assert.deepEqual(run.state, { n: 2 });
});

test('parameters are those given, else those declared', () => {
  const page = pageOf([node('t', 'Text', { ':text': '$page.params.story + $page.params.tab + ($page.params.alien ?? "")' })], { params: { story: { initialValue: '' }, tab: { initialValue: '一' } } });
  assert.equal(open(page, { params: { story: 's1', alien: 'x' } }).screen()[0][1], 's1一');
});

test('listeners do the platform\'s commands with their parameters evaluated, and nothing else', () => {
  const tap = (name, params, module = 'platform') => listener(`l_${name}`, name, module, name, params);
  const { run, platform } = open(pageOf([node('b', 'ActionButton', {}, { listeners: [
    tap('navigateTo', { page: 'teen_mood', params: { day: '今' } }), tap('redirectTo', { ':page': '"teen_" + "my"' }), tap('navigateBack', {}),
    tap('toast', { ':text': '"收到 " + $event.word', kind: 'success' }), tap('openChat', {}), tap('callHotline', { number: '12355' }), tap('copy', { text: '12355' }), tap('scrollToTop', {}),
    tap('constructor', {}), tap('eval', { code: '1' }), tap('none', { ':code': '1' }, 'inline'), listener('bad', 'bad', 'platform', 'navigateTo', { page: 'https://evil' }), listener('bad2', 'bad2', 'platform', 'callHotline', { number: 'javascript:1' }), { id: 'x', eventName: 'y' }, null,
  ] })]));
  for (const name of ['navigateTo', 'redirectTo', 'navigateBack', 'toast', 'openChat', 'callHotline', 'copy', 'scrollToTop', 'constructor', 'eval', 'none', 'bad', 'bad2', 'y']) run.onBlock('b', name, { word: '好' });
  assert.deepEqual(platform.done, [
    ['navigateTo', 'teen_mood', { day: '今' }], ['redirectTo', 'teen_my', {}], ['navigateBack'], ['toast', '收到 好', 'success'],
    ['openChat'], ['callHotline', '12355'], ['copy', '12355'], ['scrollToTop'],
  ]);
});

test('a listener inside a loop sees its item, as it is at the time of the tap', () => {
  const { run, platform } = open(pageOf([node('b', 'ActionButton', {}, {
    directives: { ':for': 'row in $page.state.rows', key: 'row' }, listeners: [listener('l', 'tap', 'platform', 'toast', { ':text': 'row + $page.state.n' })],
  })], { state: { rows: stateVar(['甲', '乙'], 'array'), n: stateVar(1) } }));
  run.setState('n', 2);
  run.onBlock('b--乙', 'tap', {});
  assert.deepEqual(platform.done, [['toast', '乙2', '']]);
});

test('an action is called once for two taps, and what follows is heard', async () => {
  const { run, platform, asked, server } = open(pageOf([node('b', 'ActionButton', {}, { listeners: [
    listener('go', 'tap', 'dataSource', 'story.hug', { ':story': '$event.id', on: true }),
    listener('d', 'go.done', 'platform', 'toast', { ':text': '"抱到 " + $event.n' }), listener('f', 'go.failed', 'platform', 'toast', { ':text': '$event.message + $event.hint' }),
  ] }), node('c', 'ActionButton', {}, { listeners: [listener('lone', 'tap', 'dataSource', 'story.hug', {})] })]), { answers: { 'story.hug': { n: 3 } } });
  run.onBlock('b', 'tap', { id: 's1' });
  run.onBlock('b', 'tap', { id: 's1' });
  await settle();
  assert.deepEqual(asked, [['story.hug', { story: 's1', on: true }, 'teen']]);
  assert.deepEqual(platform.done, [['toast', '抱到 3', '']]);
  server.fails['story.hug'] = '没成';
  run.onBlock('b', 'tap', { id: 's1' });
  run.onBlock('c', 'tap', {});
  await settle();
  assert.deepEqual(platform.done.slice(1), [['toast', '没成12355', ''], ['toast', '没成', 'none']]);
});

test('what the client fills in is the same when a call is said again, and another for another call', async () => {
  const { run, asked, server } = open(pageOf([node('b', 'ActionButton', {}, { listeners: [listener('go', 'tap', 'dataSource', 'mood.save', { ':face': '$event.face' })] })]));
  let made = 0;
  run.fillingOf = () => { made += 1; return { cid: `c${made}`, day: '2026-11-25' }; };
  server.fails['mood.save'] = '没成';
  for (const face of [1, 1, 2]) {
    run.onBlock('b', 'tap', { face });
    await settle();
  }
  server.fails = {};
  for (const face of [1, 1]) {
    run.onBlock('b', 'tap', { face });
    await settle();
  }
  assert.deepEqual(asked.map(([, { cid, face }]) => [cid, face]), [['c1', 1], ['c1', 1], ['c2', 2], ['c1', 1], ['c3', 1]]);
});

const QUERIES = { query: {
  stories: { trigger: 'auto', dataSourceName: 'actions', method: { name: 'story.feed', params: { topic: '', ':topic': '$page.state.topic' } } },
  later: { trigger: 'manual', dataSourceName: 'actions', method: { name: 'story.mine', params: {} } },
}, state: { topic: stateVar(''), other: stateVar('') } };
const FACES = [node('s', 'Text', { ':text': '$query.stories.state + ":" + count($query.stories.data.stories) + ":" + ($query.stories.error.message ?? "")' })];

test('queries load, show their faces, and are asked again when what they ask for changes', async () => {
  const { run, asked, server, screen } = open(pageOf(FACES, QUERIES), { answers: { 'story.feed': { stories: [1, 2] } } });
  assert.equal(screen()[0][1], 'loading:0:');
  await settle();
  assert.equal(screen()[0][1], 'ready:2:');
  run.setState('other', 'x');
  run.setState('topic', 'exam');
  await settle();
  assert.deepEqual(asked.map(([action, body]) => [action, body]), [['story.feed', {}], ['story.feed', { topic: 'exam' }]]);
  server.fails['story.feed'] = '连不上';
  run.runQuery('stories');
  await settle();
  assert.equal(screen()[0][1], 'failed:2:连不上');
  run.runQuery('later');
  run.runQuery('nobody');
  await settle();
  assert.equal(run.queries.results.later.state, 'ready');
});

test('an answer that comes late does not replace a newer one', async () => {
  const { run, server, screen } = open(pageOf(FACES, QUERIES), { answers: { 'story.feed': { stories: [1] } } });
  await settle();
  let release;
  server.waits = new Promise((resolve) => { release = resolve; });
  run.setState('topic', 'a');
  server.waits = null;
  server.answers['story.feed'] = { stories: [1, 2, 3] };
  run.setState('topic', 'b');
  await settle();
  server.answers['story.feed'] = { stories: [] };
  release();
  await settle();
  assert.equal(screen()[0][1], 'ready:3:');
});

test('a new version keeps what was begun where it still fits', async () => {
  const first = pageOf([node('t', 'Text', { ':text': '$page.state.word' }), ...FACES], { ...QUERIES, state: { word: stateVar('空'), kind: stateVar(1), topic: stateVar('') } });
  const { run, asked, screen, told } = open(first, { answers: { 'story.feed': { stories: [1] } } });
  await settle();
  run.setState('word', '写到一半');
  run.setState('kind', 5);
  const next = structuredClone(first);
  next.items.push(node('x', 'Text', { text: '新' }));
  next.dataset.state.kind = stateVar('词');
  run.show(next);
  await settle();
  assert.deepEqual(screen().map((one) => one[1]), ['写到一半', 'ready:1:', '新']);
  assert.equal(run.state.kind, '词');
  assert.equal(asked.length, 1);
  assert.ok(told.at(-1).settings);
});

test('content that is no page changes nothing', () => {
  const { run, screen } = open(pageOf([node('t', 'Text', { text: '在' })]));
  const broken = [null, undefined, 7, '', '{', '[]', '{}', [], { type: 'PAGE' }, { type: 'PAGE', items: {} }, { type: 'APP', items: [] }, '<html>', pageOf([node('u', 'Unknown')]), 'x'.repeat(3000000)];
  for (const content of broken) assert.throws(() => run.show(content), BrokenPage);
  assert.deepEqual(screen(), [['text', '在']]);
  run.show(JSON.stringify(pageOf([node('u', 'Unknown'), node('t', 'Text', { text: '新' })])));
  assert.deepEqual(screen(), [['text', '新']]);
});

test('whatever a page holds in its parts, opening it does not throw', () => {
  const odd = [null, 7, 'x', [], {}, { a: null }, [null], [[1]], { ':x': 1 }, { __proto__: null, constructor: 1 }];
  for (const part of odd) {
    for (const name of ['attributes', 'dataset', 'listeners', 'label', 'id']) assert.doesNotThrow(() => open({ ...pageOf([node('t', 'Text', { text: '在' })]), [name]: part }));
    for (const name of ['attributes', 'directives', 'listeners', 'items', 'id']) assert.doesNotThrow(() => open(pageOf([{ ...node('t', 'Text'), [name]: part }, node('u', 'Text')])));
    for (const name of ['state', 'params', 'query']) {
      assert.doesNotThrow(() => open(pageOf([node('t', 'Text')], { [name]: part })));
      assert.doesNotThrow(() => open(pageOf([node('t', 'Text')], { [name]: { x: part } })));
    }
    assert.doesNotThrow(() => open(pageOf([node('t', 'Text', {}, { directives: { ':for': part, ':if': part, ':display': part, key: part } }), node('u', 'Text')])));
    assert.doesNotThrow(() => open(pageOf([node('t', 'Text', {}, { listeners: [{ id: 'a', eventName: 'tap', handler: part }] })])).run.onBlock('t', 'tap', part));
  }
});

test('what is handed to a page is worked out inside its own object', () => {
  const { evaluated } = require('../renderer/attributes.js');
  const scope = scopeOf({ $event: { story: 's_1' } });
  const given = { page: 'teen_stories', params: { view: 'read', ':story': '$event.story' } };
  assert.deepEqual(evaluated(given, scope, () => {}), { page: 'teen_stories', params: { view: 'read', story: 's_1' } });
});
