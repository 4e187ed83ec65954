/** Two people changed one page: both changes are in the result, and nobody's work is gone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { merged } from '../src/model/merge.js';
import { find, insert, locate, move, remove, update, walk } from '../src/model/tree.js';
import { family, node } from './things.js';

const base = family();
const text = (page, id, value) => update(page, id, (held) => ({ ...held, attributes: { ...held.attributes, text: value } }));
const order = (page) => [...walk(page)].map((one) => one.node.id);

test('different blocks: both changes', () => {
  const page = merged(base, text(base, 'b', '我'), text(base, 'c', '对方'));
  assert.deepEqual([find(page, 'b').attributes.text, find(page, 'c').attributes.text], ['我', '对方']);
});

test('different properties of one block: both; the same property: mine', () => {
  const mine = text(base, 'b', '我');
  const theirs = update(text(base, 'b', '对方'), 'b', (held) => ({ ...held, label: '标记' }));
  const { attributes, label } = find(merged(base, mine, theirs), 'b');
  assert.deepEqual([attributes.text, label], ['我', '标记']);
});

test('both added in one place: both are there, in an order that each recognises', () => {
  const mine = insert(base, node('m'), { parent: '', index: 1 });
  const theirs = insert(base, node('t'), { parent: '', index: 3 });
  assert.deepEqual(merged(base, mine, theirs).items.map((one) => one.id), ['a', 'm', 'b', 'c', 't']);
});

test('what I removed and they changed stays; what they left alone goes', () => {
  assert.equal(find(merged(base, remove(base, 'b'), text(base, 'b', '对方')), 'b').attributes.text, '对方');
  assert.equal(find(merged(base, remove(base, 'b'), text(base, 'c', '对方')), 'b'), null);
  assert.equal(find(merged(base, text(base, 'b', '我'), remove(base, 'b')), 'b').attributes.text, '我');
});

test('I moved a block that they changed: at my place, with their words', () => {
  const page = merged(base, move(base, 'b', { parent: 'a2', index: 0 }), text(base, 'b', '对方'));
  assert.equal(locate(page, 'b').parent, 'a2');
  assert.equal(find(page, 'b').attributes.text, '对方');
});

test('they removed the container into which I moved a block: the block stays', () => {
  const page = merged(base, move(base, 'b', { parent: 'a2', index: 0 }), remove(base, 'a'));
  assert.ok(find(page, 'b'));
});

test('each moved one section into the other: neither is lost', () => {
  const two = { ...base, items: [node('p', 'Section', { items: [node('p1')] }), node('q', 'Section', { items: [node('q1')] })] };
  const page = merged(two, move(two, 'p', { parent: 'q', index: 0 }), move(two, 'q', { parent: 'p', index: 0 }));
  assert.deepEqual(order(page).sort(), ['p', 'p1', 'q', 'q1']);
});

test('both made a block of one id: two blocks', () => {
  const mine = insert(base, node('same', 'Text', { attributes: { text: '我' } }), { parent: '', index: 0 });
  const theirs = insert(base, node('same', 'Text', { attributes: { text: '对方' } }), { parent: '', index: 0 });
  const texts = merged(base, mine, theirs).items.map((one) => one.attributes.text);
  assert.ok(texts.includes('我') && texts.includes('对方'));
});

test('variables and queries of both', () => {
  const withState = (name) => ({ ...base, dataset: { ...base.dataset, state: { [name]: { initialValue: name } } } });
  assert.deepEqual(Object.keys(merged(base, withState('m'), withState('t')).dataset.state).sort(), ['m', 't']);
});

const ids = ['a', 'a1', 'a2', 'x', 'b', 'c'];
const step = fc.oneof(
  fc.record({ do: fc.constant('move'), id: fc.constantFrom(...ids), parent: fc.constantFrom('', 'a', 'a2'), index: fc.nat(3) }),
  fc.record({ do: fc.constant('remove'), id: fc.constantFrom(...ids) }),
  fc.record({ do: fc.constant('text'), id: fc.constantFrom(...ids), value: fc.string({ maxLength: 3 }) }),
  fc.record({ do: fc.constant('add'), parent: fc.constantFrom('', 'a', 'a2'), index: fc.nat(2) }),
);

function played(steps, name) {
  let page = base;
  let added = 0;
  for (const one of steps) {
    if (one.do === 'move') page = move(page, one.id, one);
    if (one.do === 'remove') page = remove(page, one.id);
    if (one.do === 'text') page = text(page, one.id, `${name}${one.value}`);
    if (one.do === 'add' && (!one.parent || find(page, one.parent))) {
      added += 1;
      page = insert(page, node(`${name}${added}`, 'Text', { attributes: { text: name } }), one);
    }
  }
  return page;
}

test('whatever two people do: every id once, all that either added or changed is there', () => {
  fc.assert(fc.property(fc.array(step, { maxLength: 8 }), fc.array(step, { maxLength: 8 }), (one, other) => {
    const [mine, theirs] = [played(one, 'm'), played(other, 't')];
    const page = merged(base, mine, theirs);
    const found = order(page);
    assert.equal(new Set(found).size, found.length);
    for (const side of [mine, theirs]) {
      for (const { node: { id, attributes } } of walk(side)) {
        const old = find(base, id);
        const isTouched = !old || old.attributes.text !== attributes.text;
        if (isTouched) assert.ok(find(page, id), `${id} is gone`);
      }
    }
  }), { numRuns: 3000 });
});

test('merging with an unchanged side gives the changed one', () => {
  fc.assert(fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
    const changed = played(steps, 'm');
    assert.deepEqual(merged(base, changed, base).items, changed.items);
    assert.deepEqual(merged(base, base, changed).items, changed.items);
  }), { numRuns: 1000 });
});
