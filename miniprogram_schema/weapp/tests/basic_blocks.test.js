/** The basic blocks: what they make of what a page hands them, and that their stories can be shown. */
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');

const SCHEMA = path.join(__dirname, '..', '..');
const BLOCKS = path.join(SCHEMA, 'components');
const shared = (name) => require(path.join(BLOCKS, 'shared', name));
const { fieldOf, listOf, wordsOf } = shared('plain.js');
const { faceOf, rowsOf, timeWords } = shared('listing.js');
const { blocksOf, piecesOf } = shared('rich_text.js');
const { barsOf, lineOf, maskOf, pointsOf, toldOf } = shared('plot.js');
const { heightOf, safeSource } = shared('pictures.js');
const { ICONS, iconOf, labelOf } = shared('icons.js');

const BASIC = [
  'section', 'grid', 'tabs', 'card', 'divider', 'spacer', 'toggle-section', 'text', 'picture', 'banner', 'rich-text-block',
  'icon-text', 'action-button', 'nav-grid', 'data-list', 'chart', 'stat',
];
const readJson = (...parts) => JSON.parse(fs.readFileSync(path.join(BLOCKS, ...parts), 'utf8'));
const folderOf = (component) => component.replace(/(?!^)([A-Z])/g, '-$1').toLowerCase();

/** A block as WeChat would make it, without a screen: properties, data, observers, methods, events. */
function made(name, given = {}) {
  let definition;
  global.Component = (one) => { definition = one; };
  const file = path.join(BLOCKS, name, 'index.js');
  delete require.cache[require.resolve(file)];
  require(file);
  delete global.Component;
  const values = Object.fromEntries(Object.entries(definition.properties).map(([key, { value }]) => [key, value]));
  const told = [];
  const block = {
    ...definition.methods,
    data: { ...structuredClone(definition.data || {}), ...values },
    told,
    setData(more) { Object.assign(this.data, more); },
    triggerEvent(event, detail) { told.push([event, detail]); },
    give(more) {
      Object.assign(this.data, more);
      Object.entries(definition.observers || {}).forEach(([names, observe]) => {
        const heard = names.split(',').map((one) => one.trim());
        if (heard.some((one) => one in more)) observe.apply(this, heard.map((one) => this.data[one]));
      });
    },
  };
  block.give(given);
  return block;
}
const tapOn = (dataset) => ({ currentTarget: { dataset } });

test('a field is read only from what an object itself holds', () => {
  const item = { title: '猫', story: { title: '里面的' }, ['__proto__x']: 1 };
  assert.deepEqual(['title', 'story.title', 'story.none.deeper', '', 7].map((field) => fieldOf(item, field)), ['猫', '里面的', undefined, undefined, undefined]);
  ['constructor', '__proto__', 'toString', 'story.constructor.name', 'title.length'].forEach((field) => assert.equal(fieldOf(item, field), undefined, field));
  [null, undefined, 3, '字'].forEach((odd) => assert.equal(fieldOf(odd, 'title'), undefined));
});

test('anything at all becomes words or nothing', () => {
  assert.deepEqual(['字', 3, 0, true, NaN, Infinity, null, undefined, {}, [1], () => 1].map(wordsOf), ['字', '3', '0', '是', '', '', '', '', '', '', '']);
  assert.deepEqual([[1], null, '字', { length: 2 }].map(listOf), [[1], [], [], []]);
});

test('rows of a list have keys of their own, also where the data repeats or lacks them', () => {
  const fields = { title: 'name', text: 'more.words', note: '', time: 'at', key: 'id' };
  const items = [{ id: 'a', name: '一', more: { words: '话' } }, { id: 'a', name: '二' }, { name: '三' }, null, '只是文字', 7];
  const rows = rowsOf(items, fields, 0);
  assert.equal(new Set(rows.map(({ key }) => key)).size, items.length);
  assert.equal(rows[0].key, 'a');
  assert.deepEqual(rows.map(({ title }) => title), ['一', '二', '三', '', '只是文字', '7']);
  assert.equal(rows[0].text, '话');
  assert.deepEqual(rowsOf({ not: 'a list' }, fields, 0), []);
});

test('a time in ms is told as a day, words stay words', () => {
  const at = (day, hour) => new Date(2026, 10, day, hour, 5).getTime();
  assert.deepEqual([at(20, 9), at(19, 9), at(3, 9), '周五', null].map((time) => timeWords(time, at(20, 12))), ['今天 09:05', '昨天', '11月3日', '周五', '']);
});

test('rows stay on screen while they are read anew and when that fails', () => {
  assert.deepEqual(faceOf('loading', 2), { face: 'rows', isStale: false });
  assert.deepEqual(faceOf('failed', 2), { face: 'rows', isStale: true });
  assert.deepEqual(['idle', 'loading', 'ready', 'failed', 'nonsense'].map((state) => faceOf(state, 0).face), ['none', 'loading', 'empty', 'failed', 'empty']);
});

test('the small way of writing is read into blocks', () => {
  const source = '# 标题\n\n第一行\n第二行\n\n- 点\n* 点\n1. 步\n2、步\n> 引用\n---\n## 小标题\n1. 从一开始';
  const blocks = blocksOf(source);
  assert.deepEqual(blocks.map(({ kind }) => kind), ['heading', 'paragraph', 'point', 'point', 'step', 'step', 'quote', 'rule', 'subheading', 'step']);
  assert.equal(blocks[1].pieces[0].text, '第一行\n第二行');
  assert.deepEqual(blocks.filter(({ kind }) => kind === 'step').map(({ number }) => number), [1, 2, 1]);
  assert.equal(blocksOf('第一段\n\n第二段').length, 2);
  [undefined, null, 7, '', '\n\n'].forEach((odd) => assert.ok(Array.isArray(blocksOf(odd))));
});

test('strong words stand between stars, and every other star stays', () => {
  const told = (text) => piecesOf(text).map(({ text: words, strong }) => (strong ? `[${words}]` : words)).join('');
  assert.equal(told('a **b** c **d e**'), 'a [b] c [d e]');
  ['2 ** 3 ** 4', '**没有配对', '****', '** 空格 **'].forEach((text) => assert.equal(told(text), text));
  assert.equal(told('甲**乙**丙**丁'), '甲[乙]丙**丁');
});

test('what looks like markup stays text', () => {
  const source = '<script>alert(1)</script> **<b>粗</b>** [a](javascript:alert(1)) <img src=x onerror=alert(1)>';
  const text = blocksOf(source).flatMap(({ pieces }) => pieces.map((piece) => piece.text)).join('');
  assert.equal(text, source.replaceAll('**', ''));
});

test('a text made to stall the reading does not', () => {
  const began = process.hrtime.bigint();
  ['**a ', '** ', '*', '- ', '#', '> ', '1.', ' '].forEach((bit) => blocksOf(bit.repeat(5000)));
  assert.ok(Number(process.hrtime.bigint() - began) / 1e6 < 200);
  assert.equal(blocksOf('- 点\n'.repeat(2000)).length, 300);
});

test('the longest bar fills the width; nothing, less than nothing and no number have none', () => {
  const bars = barsOf(pointsOf([{ label: '甲', value: 8 }, { label: '乙', value: '4' }, { label: '丙', value: 0 }, { label: '丁', value: -3 }, { label: '戊' }, 'x'], '人'));
  assert.deepEqual(bars.map(({ width }) => width), [100, 50, 0, 0, 0, 0]);
  assert.deepEqual(bars.map(({ told }) => told), ['8人', '4人', '0人', '-3人', '没有数', '没有数']);
  assert.deepEqual(barsOf(pointsOf([{ value: 0 }], '')).map(({ width }) => width), [0]);
});

test('a line keeps within its field and breaks where a number is missing', () => {
  const points = pointsOf([-3, 2, null, 5, 4].map((value, i) => ({ label: `${i}`, value })), '');
  const { dots, strokes } = lineOf(points, '');
  assert.ok(dots.every(({ x, y }) => x > 0 && x < 100 && y > 0 && y < 100));
  assert.deepEqual(strokes.map((run) => run.length), [2, 2]);
  assert.deepEqual(dots.map(({ isLow }) => isLow), [true, false, false, true]);
  const many = lineOf(pointsOf(Array.from({ length: 99 }, (_, i) => ({ label: `${i}`, value: i })), '次'), '次');
  assert.deepEqual([many.dots.length, many.isNamed, many.top, many.bottom, many.names.length], [60, false, '59次', '0次', 2]);
  [[], [{ value: 3 }], [{ value: 0 }, { value: 0 }], null].forEach((items) => {
    assert.ok(lineOf(pointsOf(items, ''), '').dots.every(({ y }) => Number.isFinite(y)));
  });
});

test('the mask of a line holds numbers of ours and nothing of the page', () => {
  const { strokes } = lineOf(pointsOf([{ label: '");alert(1)', value: 1 }, { label: '</svg>', value: 2 }], '"><script>'), '"><script>');
  const mask = maskOf(strokes);
  assert.match(mask, /^-webkit-mask-image:url\("data:image\/svg\+xml,[^"<>#]+"\);mask-image:url\("[^"<>#]+"\)$/);
  assert.ok(!/alert|script/.test(mask));
  assert.equal(maskOf([]), '');
});

test('a chart is told in words with its highest', () => {
  const points = pointsOf([{ label: '周一', value: 3 }, { label: '周二', value: 5.256 }, { label: '周三' }, { label: '周四', value: 1 }], '人');
  assert.equal(toldOf('来聊的', points), '来聊的：周一 3人，周二 5.26人，周三 没有数，周四 1人。最高的是周二，5.26人。');
  assert.equal(toldOf('', []), '还没有数。');
});

test('a picture comes out of the package or the page itself, never from elsewhere', () => {
  const fine = ['data:image/png;base64,AAAA', 'data:image/webp;base64,AA+/AA==', '/pictures/cat.png', '/pictures/a/b-c.webp'];
  assert.deepEqual(fine.map(safeSource), fine);
  assert.equal(safeSource('pictures/cat.svg'), '/pictures/cat.svg');
  const refused = [
    'https://example.com/a.png', '//example.com/a.png', 'http://a.png', 'javascript:alert(1)', 'data:text/html,<script>', 'data:image/png,x', "data:image/svg+xml,%3Csvg onload='alert(1)'/%3E", '/../secret.png', '/a/../b.png',
    '/a/b.html', '/api/account.png?x=1', 'blob:x', 'wxfile://a.png', '', null, 7, {},
  ];
  refused.forEach((source) => assert.equal(safeSource(source), '', String(source)));
  assert.deepEqual(['1:1', '16:9', 'auto', 'constructor', null].map(heightOf), [100, 56.25, 0, 0, 0]);
});

test('every icon that can be chosen is one that the build can draw, and no other is drawn', () => {
  const drawn = path.join(SCHEMA, 'node_modules', 'tdesign-icons-svg', 'src');
  ICONS.forEach(({ name, label }) => {
    assert.ok(fs.existsSync(path.join(drawn, `${name}.svg`)), name);
    assert.ok(label, name);
  });
  assert.equal(new Set(ICONS.map(({ name }) => name)).size, ICONS.length);
  assert.equal(new Set(ICONS.map(({ label }) => label)).size, ICONS.length);
  ['https://example.com/a.png', '/a.png', 'no-such', 'constructor', '', null].forEach((name) => assert.deepEqual([iconOf(name), labelOf(name)], ['', '']));
});

test('a button tells of a tap, but not while it is off', () => {
  const button = made('action-button', { text: '', icon: 'search' });
  assert.equal(button.data.label, '查找');
  button.onTap();
  button.give({ disabled: true });
  button.onTap();
  assert.deepEqual(button.told, [['tap', {}]]);
});

test('tabs tell which part was chosen once, and outlive a part that is gone', () => {
  const tabs = made('tabs', { labels: ['一', '', null], active: 1 });
  assert.deepEqual(tabs.data.tabs.map(({ label }) => label), ['一', '第 2 页', '第 3 页']);
  assert.equal(tabs.data.shown, 1);
  tabs.onTab(tapOn({ index: 2 }));
  tabs.onTab(tapOn({ index: 2 }));
  assert.deepEqual(tabs.told, [['change', { index: 2 }]]);
  tabs.give({ labels: ['一'], active: 2 });
  assert.deepEqual([tabs.data.shown, tabs.data.panel], [0, '一']);
});

test('a list gives the item itself with its place, and has a face for each state', () => {
  const list = made('data-list', { items: [{ title: '一', secret: 1 }, { title: '二' }], state: 'ready' });
  list.onSelect(tapOn({ index: 1 }));
  list.onMore();
  list.onAgain();
  assert.deepEqual(list.told, [['select', { item: { title: '二' }, index: 1 }], ['more', {}], ['again', {}]]);
  list.give({ items: null, state: 'failed' });
  assert.deepEqual([list.data.face, list.data.rows], ['failed', []]);
});

test('a card leads somewhere only when it says so', () => {
  const card = made('card', { picture: 'https://example.com/a.png' });
  card.onTap();
  card.give({ canTap: true });
  card.onTap();
  assert.deepEqual([card.told, card.data.source], [[['tap', {}]], '']);
});

test('ways to other pages without a name are left out, and each tells its page', () => {
  const grid = made('nav-grid', { items: [{ title: '心情', page: 'teen_mood', icon: 'x' }, { page: 'teen_my' }, null, '字'] });
  assert.deepEqual(grid.data.ways, [{ index: 0, title: '心情', note: '', page: 'teen_mood', icon: 'star' }]);
  grid.onWay(tapOn({ page: 'teen_mood', index: 0 }));
  assert.deepEqual(grid.told, [['tap', { page: 'teen_mood', index: 0 }]]);
});

test('what is folded opens and closes, and a banner that was put away stays away', () => {
  const fold = made('toggle-section', { open: true });
  fold.onToggle();
  fold.onToggle();
  assert.deepEqual(fold.told, [['toggle', { open: false }], ['toggle', { open: true }]]);
  const banner = made('banner', { text: '话' });
  banner.onClose();
  banner.give({ text: '别的话' });
  assert.ok(banner.data.isClosed);
});

test('columns stay within what fits', () => {
  const grid = made('grid', { columns: 99, wide: -2 });
  assert.deepEqual([grid.data.narrowColumns, grid.data.wideColumns], [4, 1]);
  grid.give({ columns: NaN, wide: 0 });
  assert.deepEqual([grid.data.narrowColumns, grid.data.wideColumns], [1, 1]);
});

test('every default of a basic block is the one that its description names, and has a Chinese title', () => {
  for (const name of BASIC) {
    const { data } = made(name);
    const { properties } = readJson(name, 'meta.json').data;
    Object.entries(properties).forEach(([key, schema]) => {
      assert.deepEqual(data[key], schema.default, `${name}: ${key}`);
      assert.match(schema.title, /[一-鿿]/, `${name}: ${key}`);
      assert.ok(schema['x-component'], `${name}: ${key}`);
      if (schema.enum) assert.deepEqual(schema['x-props'].options.map(({ value }) => value), schema.enum, `${name}: ${key}`);
    });
  }
});

test('every story uses blocks that exist, with properties that they have', () => {
  const names = fs.readdirSync(BLOCKS).filter((name) => fs.existsSync(path.join(BLOCKS, name, 'story.json')));
  BASIC.forEach((name) => assert.ok(names.includes(name), `${name} has no story`));
  for (const name of names) {
    const { stories } = readJson(name, 'story.json');
    assert.ok(stories.length, name);
    stories.forEach((story) => {
      assert.ok(story.title, name);
      const ids = [];
      story.items.forEach((item) => checkNode(item, `${name}: ${story.title}`, ids));
      assert.equal(new Set(ids).size, ids.length, `${name}: ${story.title}`);
    });
  }
});

function checkNode(node, where, ids) {
  const { data, isContainer } = readJson(folderOf(node.component), 'meta.json');
  assert.equal(node.module, 'nuanxinmiao', where);
  assert.match(node.id, /^[A-Za-z][A-Za-z0-9_-]{0,39}$/, where);
  ids.push(node.id);
  Object.entries(node.attributes || {}).forEach(([key, value]) => {
    const schema = data.properties[key.replace(/^:/, '')];
    assert.ok(schema, `${where}: ${key}`);
    if (schema.enum && !key.startsWith(':')) assert.ok(schema.enum.includes(value), `${where}: ${key}`);
  });
  assert.ok(isContainer || !node.items, where);
  (node.items || []).forEach((item) => checkNode(item, where, ids));
}
