/** Expressions of pages: the fixture that the check at save answers to as well, and the limits. */
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { compile, evaluate } = require('../renderer/expression.js');
const { HELPERS } = require('../renderer/helpers.js');
const { scopeOf } = require('../renderer/scope.js');

const FIXTURE = path.join(__dirname, '..', '..', 'cals', 'expressions.json');
const { good, bad, refused_at_save: atSave, helpers, limits } = JSON.parse(fs.readFileSync(FIXTURE, 'utf8'));
const short = (source) => (source.length > 60 ? `${source.slice(0, 60)}… (${source.length})` : source);

test('what is good is accepted and gives its value', () => {
  for (const one of good) {
    const { value, fault } = evaluate(one.source, scopeOf(one.scope || {}));
    assert.equal(fault, undefined, short(one.source));
    if (one.is_undefined) assert.equal(value, undefined, short(one.source));
    if ('value' in one) assert.deepEqual(value, one.value, short(one.source));
  }
});

test('what is bad is refused for the same reason as at save', () => {
  const wrong = bad.filter(({ source, reason }) => compile(source).fault !== reason);
  assert.deepEqual(wrong.map(({ source, reason }) => [short(source), reason, compile(source).fault]), []);
});

test('names that nobody gives are nothing here', () => {
  for (const entry of atSave) {
    const { value } = evaluate(entry.source || entry, scopeOf({ $page: { state: {}, params: {} }, $query: {}, $viewer: {} }));
    assert.ok(value === undefined || typeof value !== 'function', short(entry.source || entry));
  }
});

test('helpers take what the fixture says', () => {
  assert.deepEqual(Object.fromEntries(Object.entries(HELPERS).map(([name, { takes }]) => [name, takes])), helpers);
  assert.equal(limits.steps, 10000);
});

test('work, texts and lists have an end', () => {
  const list = Array.from({ length: 2000 }, (_, i) => ({ n: i }));
  const scope = scopeOf({ $page: { state: { list, text: 'a'.repeat(6000) } } });
  assert.equal(evaluate('count($page.state.list)', scope).value, 2000);
  const often = (source, times, between) => Array(times).fill(source).join(between);
  assert.equal(evaluate(often("count(filter($page.state.list, 'n', 1))", 6, ' + '), scope).fault, 'steps');
  assert.equal(evaluate("sort($page.state.list, 'n')", scope).fault, 'steps');
  assert.equal(evaluate('$page.state.text + $page.state.text', scope).fault, 'result');
  assert.equal(evaluate("join([$page.state.text, $page.state.text], '')", scope).fault, 'result');
  assert.equal(evaluate('count(range(1000000))', scope).value, 100);
});

test('nothing of the values themselves runs', () => {
  const trap = { get mine() { throw new Error('ran'); }, run: () => 1, toString: () => { throw new Error('ran'); } };
  class Hidden { secret = 1; }
  const scope = scopeOf({ trap, hidden: new Hidden(), map: new Map([['a', 1]]), when: new Date(0) });
  for (const source of ['trap.mine', 'trap.run', "'' + trap", 'trap == 1', 'trap < 1', 'hidden.secret', 'map.size', 'when.getTime', 'text(trap)', "includes('a', trap)"]) {
    const { value, fault } = evaluate(source, scope);
    assert.equal(fault, undefined, source);
    assert.notEqual(typeof value, 'function', source);
    assert.notEqual(value, 1, source);
  }
});
