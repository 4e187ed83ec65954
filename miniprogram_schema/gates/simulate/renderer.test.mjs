// The renderer in WeChat's classic framework: the same pages, the same words, only what changed.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openWorld, settled } from './world.mjs';

let world;
before(async () => {
  world = await openWorld();
});
after(() => world.end());

const node = (id, component, attributes = {}, more = {}) => ({ id, component, module: 'nuanxinmiao', attributes, ...more });
const page = (items, dataset = {}) => ({ type: 'PAGE', id: 'teen_try', label: '试', attributes: { title: '试' }, dataset, items, listeners: [] });
const variable = (initialValue) => ({ varType: 'state', dataType: typeof initialValue, initialValue });
const tap = (name, params) => [{ id: `l_${name}`, eventName: 'tap', handler: { module: 'platform', name, params } }];

/** Presses the button whose words are these. */
async function press(drawn, words) {
  const button = [...drawn.parent.querySelectorAll('wx-button')].find((one) => one.textContent.includes(words));
  button.dispatchEvent(new window.CustomEvent('tap', { bubbles: true }));
  const { Event } = await import('miniprogram-exparser').then((one) => one.default);
  Event.dispatchEvent(button.__wxElement, Event.create('tap', {}, { bubbles: true, composed: true, capturePhase: true, extraFields: { touches: [] } }));
  await settled();
}

const COUNTER = page(
  [
    node('s', 'Section', { title: '数' }, { items: [
      node('t', 'Text', { ':text': "'次数 ' + $page.state.n" }),
      node('b', 'ActionButton', { text: '加一' }, { listeners: tap('setState', { name: 'n', ':value': '$page.state.n + 1' }) }),
    ] }),
    node('c', 'Text', { text: '到二了' }, { directives: { ':if': '$page.state.n >= 2' } }),
    node('l', 'Text', { ':text': "i + '：' + one" }, { directives: { ':for': '(one, i) in slice(["甲", "乙", "丙"], 0, $page.state.n)', key: 'one' } }),
  ],
  { state: { n: variable(0) } },
);

test('a page is drawn, a tap changes it, and each tap counts once', async () => {
  const drawn = await world.render(COUNTER);
  assert.deepEqual(drawn.text(), ['数', '次数 0', '加一']);
  await press(drawn, '加一');
  assert.deepEqual(drawn.text(), ['数', '次数 1', '加一', '0：甲']);
  await press(drawn, '加一');
  assert.deepEqual(drawn.text(), ['数', '次数 2', '加一', '到二了', '0：甲', '1：乙']);
  drawn.run.setState('n', 0);
  assert.deepEqual(drawn.text(), ['数', '次数 0', '加一']);
  assert.deepEqual(drawn.complaints, []);
});

test('what a change does not touch stays the same element', async () => {
  const drawn = await world.render(COUNTER);
  const before = [...drawn.parent.querySelectorAll('nx-section, nx-text, nx-action-button')];
  drawn.run.setState('n', 3);
  const now = [...drawn.parent.querySelectorAll('nx-section, nx-text, nx-action-button')];
  assert.ok(before.every((element) => now.includes(element)));
});

test('a change inside is not undone when its container changes afterwards', async () => {
  const drawn = await world.render(page(
    [node('s', 'Section', { ':title': '$page.state.title' }, { items: [node('t', 'Text', { ':text': '$page.state.word' }), node('x', 'Text', { text: '末' }, { directives: { ':for': 'a in range($page.state.n)' } })] })],
    { state: { title: variable('一'), word: variable('旧'), n: variable(0) } },
  ));
  drawn.run.setState('word', '新');
  drawn.run.setState('title', '二');
  drawn.run.setState('n', 1);
  drawn.run.setState('title', '三');
  assert.deepEqual(drawn.text(), ['三', '新', '末']);
});

test('tabs show one part and keep the others', async () => {
  const drawn = await world.render(page([node('t', 'Tabs', {}, { items: [
    node('a', 'Section', { title: '甲' }, { items: [node('x', 'Text', { text: '甲的字' })] }),
    node('b', 'Section', { title: '乙' }, { items: [node('y', 'Text', { text: '乙的字' })] }),
  ] })]));
  assert.ok(drawn.text().includes('甲的字') && !drawn.text().includes('乙的字'));
  await press(drawn, '乙');
  assert.ok(drawn.text().includes('乙的字') && !drawn.text().includes('甲的字'));
});

test('faces of a query', async () => {
  const list = page([node('l', 'DataList', { ':items': '$query.s.data.stories', ':state': '$query.s.state', emptyText: '还没有故事', errorText: '读不到' })], { query: { s: { trigger: 'auto', method: { name: 'story.feed', params: {} } } } });
  const says = async (face) => (await world.render(list, { queries: { s: face } })).text().join(' ');
  assert.match(await says({ state: 'ready', data: { stories: [] } }), /还没有故事/);
  assert.match(await says({ state: 'ready', data: { stories: [{ title: '雨天' }] } }), /雨天/);
  assert.match(await says({ state: 'failed', error: { message: 'x' } }), /读不到/);
  assert.doesNotMatch(await says({ state: 'loading' }), /还没有故事|读不到/);
});

test('an unknown block is a gap and text is never markup', async () => {
  const drawn = await world.render(page([node('u', 'Nope'), node('t', 'Text', { text: '<img src=x onerror=alert(1)>' })]));
  assert.deepEqual(drawn.text(), ['<img src=x onerror=alert(1)>']);
  assert.equal(drawn.parent.querySelector('img'), null);
});
