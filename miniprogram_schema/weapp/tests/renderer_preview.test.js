/** The pure parts of the studio's preview: where a block would go, stories as pages, pretended queries. */
const assert = require('node:assert/strict');
const { test } = require('node:test');

const STUDIO = '../../web/host/studio';
const load = (name) => import(`${STUDIO}/${name}.mjs`);
const rect = (id, parent, index, x, y, width, height, more = {}) => ({ id, key: id, parent, index, x, y, width, height, container: false, hidden: false, ...more });
const box = (id, parent, index, x, y, width, height, more = {}) => rect(id, parent, index, x, y, width, height, { container: true, axis: 'column', empty: false, ...more });
const node = (id, items) => ({ id, ...(items ? { items } : {}) });

const ITEMS = [node('a'), node('s', [node('b'), node('hidden'), node('c')]), node('e', [])];
const RECTS = [
  rect('a', null, 0, 0, 0, 300, 40), box('s', null, 1, 0, 60, 300, 200), rect('b', 's', 0, 20, 80, 260, 40), rect('c', 's', 2, 20, 140, 260, 40),
  box('e', null, 2, 0, 280, 300, 48, { empty: true }),
];

test('a block goes where the line is', async () => {
  const { placeAt } = await load('place');
  const at = (x, y, exclude) => placeAt(RECTS, { x, y }, exclude, ITEMS).place;
  assert.deepEqual(at(10, 5), { parent: null, index: 0 });
  assert.deepEqual(at(10, 45), { parent: null, index: 1 });
  assert.deepEqual(at(100, 85), { parent: 's', index: 0 });
  assert.deepEqual(at(100, 130), { parent: 's', index: 2 });
  assert.deepEqual(at(100, 230), { parent: 's', index: 3 });
  assert.deepEqual(at(100, 62), { parent: null, index: 1 });
  assert.deepEqual(at(100, 300), { parent: 'e', index: 0 });
  assert.deepEqual(at(100, 900), { parent: null, index: 3 });
});

test('what is moved is not counted and never goes into itself', async () => {
  const { placeAt } = await load('place');
  const at = (x, y, exclude) => placeAt(RECTS, { x, y }, exclude, ITEMS).place;
  assert.deepEqual(at(100, 230, 'b'), { parent: 's', index: 2 });
  assert.deepEqual(at(100, 900, 'a'), { parent: null, index: 2 });
  assert.deepEqual(at(100, 150, 's'), { parent: null, index: 1 });
});

test('an empty page takes the first block', async () => {
  const { placeAt } = await load('place');
  assert.deepEqual(placeAt([], { x: 5, y: 5 }, undefined, []), { place: { parent: null, index: 0 }, mark: null });
});

test('children that lie in a row are placed by their sides', async () => {
  const { placeAt } = await load('place');
  const items = [node('g', [node('x'), node('y')])];
  const rects = [box('g', null, 0, 0, 0, 300, 100, { axis: 'row' }), rect('x', 'g', 0, 10, 20, 100, 60), rect('y', 'g', 1, 150, 20, 100, 60)];
  const at = (x) => placeAt(rects, { x, y: 50 }, undefined, items);
  assert.deepEqual([at(30), at(120), at(290)].map(({ place }) => place.index), [0, 1, 2]);
  assert.ok(at(120).mark.height > at(120).mark.width);
});

test('a story is a page with its state declared and its queries pretended', async () => {
  const { storyPage } = await load('story');
  const stories = { list: [{ title: '空的', items: [node('n')], state: { n: 1, rows: [], who: null }, query: { s: { stories: [] }, t: { state: 'failed', error: { message: 'x' } } } }] };
  const { page, queries } = storyPage(stories, { block: 'list' });
  assert.deepEqual(Object.values(page.dataset.state).map(({ dataType }) => dataType), ['number', 'array', 'object']);
  assert.deepEqual(queries, { s: { state: 'ready', data: { stories: [] } }, t: { state: 'failed', error: { message: 'x' } } });
  assert.throws(() => storyPage(stories, { block: 'list', index: 4 }));
  assert.throws(() => storyPage(stories, { block: 'other' }));
});

test('pretended queries have the face that was said, and what was not named is ready and empty', async () => {
  const { FakeQueries } = await load('fake_queries');
  let told = 0;
  const queries = new FakeQueries({ onChange: () => { told += 1; } });
  queries.define({ a: {}, b: {} });
  queries.pretend({ a: { state: 'loading' }, alien: { state: 'failed' } }, true);
  assert.deepEqual([queries.results.a.loading, queries.results.b.state, queries.results.alien, told], [true, 'ready', undefined, 1]);
});
