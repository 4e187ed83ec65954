/** Menus instead of code: what can be read where, a list bound in one step, conditions, handlers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { itemFields, listsOf, withListBound, withQuery } from '../src/model/bind_list.js';
import { conditionOf, conditionText } from '../src/model/conditions.js';
import { completed, completions, faultOf } from '../src/model/expression.js';
import { choicesOf, eventScope, eventsOf, handlerOf, toldHandler } from '../src/model/handlers.js';
import { offeredTo } from '../src/model/methods.js';
import { paramsText, rowsOf } from '../src/model/page_params.js';
import { pretended } from '../src/model/sample.js';
import { scopeOf, suiting, wordsFor } from '../src/model/scope.js';
import { loopOf, loopText, sourceOf } from '../src/model/source.js';
import { find, insert } from '../src/model/tree.js';
import { block, family, methods, node } from './things.js';

const [feed] = methods;

function withList() {
  const made = withQuery(insert(family(), node('list', 'DataList'), { parent: '', index: 0 }), feed);
  const page = withListBound({ page: made.page, id: 'list', block: block('DataList'), key: 'items', query: made.name, method: feed, path: 'stories' });
  return { page, name: made.name };
}

test('a list is bound in one step: items, state, again, title, text and key', () => {
  const { page, name } = withList();
  const { attributes, listeners } = find(page, 'list');
  assert.equal(name, 'story');
  assert.deepEqual(attributes, {
    ':items': '$query.story.data.stories', ':state': '$query.story.state', titleField: 'title', textField: 'excerpt', keyField: 'story',
  });
  assert.deepEqual([listeners[0].eventName, listeners[0].handler], ['again', { module: 'platform', name: 'query', params: { name: 'story' } }]);
  assert.deepEqual(page.dataset.query.story.method, { name: 'story.feed', params: { before: 0 } });
});

test('a second query of the same action has a name of its own', () => {
  assert.equal(withQuery(withList().page, feed).name, 'story2');
});

test('lists and the fields of their items are found behind references', () => {
  assert.deepEqual(listsOf(feed).map((one) => one.path), ['stories']);
  assert.deepEqual(itemFields(feed, 'stories').map((one) => [one.path, one.title]), [['story', 'story'], ['title', '标题'], ['excerpt', '开头'], ['at', 'at']]);
});

test('menus offer what the audience may call, and nothing else', () => {
  const names = (audience) => offeredTo(methods, audience).map((one) => one.name);
  assert.deepEqual(names('teen'), ['story.feed', 'mood.save']);
  assert.deepEqual(names('staff'), ['desk.queue']);
  assert.deepEqual(names('anyone'), []);
});

test('in a repeated block the item and its fields can be read, outside they cannot', () => {
  const { page } = withList();
  const card = node('card', 'Section', { directives: { ':for': '(story, i) in $query.story.data.stories' }, items: [node('inside')] });
  const next = insert(page, card, { parent: '', index: 0 });
  const texts = (id) => scopeOf({ page: next, id, methods }).map((one) => one.text);
  for (const text of ['story.title', 'i', '$query.story.data.more', '$viewer.role']) assert.ok(texts('inside').includes(text), text);
  assert.ok(!texts('b').includes('story.title'));
  const options = scopeOf({ page: next, id: 'inside', methods });
  assert.equal(wordsFor(options, 'story.title'), '这一项（story） · 标题');
  assert.deepEqual(suiting(options, 'array').map((one) => one.text), ['$query.story.data.stories']);
});

test('conditions go from menu to expression and back', () => {
  const rules = [
    { join: 'all', tests: [{ left: '$query.story.state', op: '==', right: 'ready' }] },
    { join: 'any', tests: [{ left: '$page.state.n', op: '>=', right: -3 }, { left: '$page.state.list', op: 'some', right: '' }] },
    { join: 'all', tests: [{ left: '$page.state.on', op: 'yes', right: '' }, { left: '$page.state.off', op: 'no', right: '' }, { left: 'a.b', op: 'empty', right: '' }] },
    { join: 'all', tests: [{ left: '$page.state.text', op: 'includes', right: "it's \\ “好”" }] },
  ];
  for (const rule of rules) {
    assert.equal(faultOf(conditionText(rule)), '');
    assert.deepEqual(conditionOf(conditionText(rule)), rule);
  }
});

test('an expression that no menu makes stays one', () => {
  for (const text of ['a + 1 > 2', 'count(list) > 0', 'a ? b : c', 'a == b', 'a == 1 && b || c', 'a[0] == 1']) {
    assert.equal(conditionOf(text), null, text);
  }
});

test('faults of an expression are said, those of names too', () => {
  const known = scopeOf({ page: withList().page, id: 'list', methods }).map((one) => one.text);
  assert.equal(faultOf('$query.story.data.stories', known), '');
  assert.equal(faultOf("count($query.story.data.stories) > 0 ? '有' : '没有'", known), '');
  assert.match(faultOf('$query.other.data', known), /页面上没有 \$query\.other/);
  assert.match(faultOf('$page.state.nothing', known), /页面上没有/);
  assert.match(faultOf('window.location', known), /页面上没有 window/);
  for (const bad of ['', '1 +', 'a.constructor', 'alert(1)', 'x = 1', '`a`', 'a'.repeat(2001)]) assert.notEqual(faultOf(bad), '', bad);
});

test('completion at the caret', () => {
  const names = [{ text: '$query.story.data', title: '全部答复' }, { text: '$page.state.a', title: '甲' }];
  const found = completions({ source: 'empty($qu)', caret: 9, names });
  assert.deepEqual(found.options.map((one) => one.text), ['$query.story.data']);
  assert.deepEqual(completed('empty($qu)', 9, found.from, '$query.story.data'), { source: 'empty($query.story.data)', caret: 23 });
  assert.deepEqual(completions({ source: 'a + ', caret: 4, names }).options, []);
});

test('handlers: menus, first values, words, what follows', () => {
  assert.ok(choicesOf(methods).some((one) => one.value === 'dataSource.mood.save'));
  assert.deepEqual(handlerOf('platform.openChat'), { module: 'platform', name: 'openChat', params: {} });
  assert.deepEqual(handlerOf('dataSource.mood.save'), { module: 'dataSource', name: 'mood.save', params: {} });
  assert.equal(handlerOf('platform.callHotline').params.number, '12356');
  assert.equal(toldHandler({ module: 'platform', name: 'toast', params: { text: '好' } }), '提示一句话 好');
  const saver = node('n', 'ActionButton', { listeners: [{ id: 'on_1', eventName: 'tap', handler: handlerOf('dataSource.mood.save') }] });
  assert.deepEqual(eventsOf(block('ActionButton'), saver).map((one) => one.name), ['tap', 'on_1.done', 'on_1.failed']);
  assert.ok(eventScope(block('DataList'), 'select').some((one) => one.text === '$event.index'));
});

test('what is taken along to a page is an object that the renderer works out', () => {
  const rows = [{ key: 'story', value: 'item.story' }, { key: 'from', value: "'首页'" }];
  assert.equal(paramsText(rows), "{story: item.story, from: '首页'}");
  assert.equal(faultOf(paramsText(rows)), '');
  assert.deepEqual(rowsOf(paramsText(rows)), rows);
  assert.equal(rowsOf('{a: 1 + 2}'), null);
  assert.deepEqual([rowsOf(''), paramsText([])], [[], '']);
});

test('loops and values as they are written', () => {
  assert.deepEqual(loopOf('(item, i) in $query.a.data'), { item: 'item', index: 'i', list: '$query.a.data' });
  assert.deepEqual(loopOf('item in list'), { item: 'item', index: '', list: 'list' });
  assert.equal(loopOf('of list'), null);
  assert.equal(loopText(loopOf('item in list')), '(item, i) in list');
  assert.equal(sourceOf("a'b\n"), "'a\\'b\\n'");
});

test('the faces of data that is not there yet', () => {
  const { page } = withList();
  const face = (name) => pretended(page.dataset.query, methods, name).story;
  assert.equal(face('ready').data.stories.length, 3);
  assert.match(face('ready').data.stories[0].title, /示例/);
  assert.deepEqual(face('empty').data.stories, []);
  assert.deepEqual([face('loading').state, face('failed').state], ['loading', 'failed']);
});
