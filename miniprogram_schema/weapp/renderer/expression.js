/**
 * Evaluates an expression of a page by walking its tree. There is no eval and no generated code
 * (WeChat forbids both), and nothing can be reached but the data in the scope.
 *
 * Promise: never throws, never gives a function, changes nothing, and ends after 10,000 steps. A
 * scope is plain data: {$page, $query, $viewer, $event?, names of :for}.
 */
const { parse } = require('./grammar.js');
const { HELPERS } = require('./helpers.js');
const { harmless, isLess, isNothing, looselyEqual, member, toNumber, toText } = require('./values.js');
const { lookUp } = require('./scope.js');

const MOST_STEPS = 10000;
const MOST_TEXT = 10000;
const MOST_KEPT = 3000;

const finite = (number) => (Number.isFinite(number) ? number : 0);
const isLessOrEqual = (left, right) => isLess(left, right) || (!isNothing(left) && looselyEqual(left, right));

const OPERATORS = {
  '+': (a, b) => (typeof a === 'string' || typeof b === 'string' ? toText(a) + toText(b) : finite(toNumber(a) + toNumber(b))),
  '-': (a, b) => finite(toNumber(a) - toNumber(b)),
  '*': (a, b) => finite(toNumber(a) * toNumber(b)),
  '/': (a, b) => finite(toNumber(a) / toNumber(b)),
  '%': (a, b) => finite(toNumber(a) % toNumber(b)),
  '==': looselyEqual,
  '!=': (a, b) => !looselyEqual(a, b),
  '===': (a, b) => a === b,
  '!==': (a, b) => a !== b,
  '<': isLess,
  '>': (a, b) => isLess(b, a),
  '<=': isLessOrEqual,
  '>=': (a, b) => isLessOrEqual(b, a),
};

/** Whether the right side of a logical operator is not needed. */
const SETTLED = {
  '&&': (left) => !left,
  '||': (left) => Boolean(left),
  '??': (left) => !isNothing(left),
};

/** One evaluation: what it may see, and what it has spent. */
class Walk {
  constructor(scope) {
    this.scope = scope;
    this.steps = 0;
  }

  pay(steps, characters) {
    this.steps += steps;
    if (this.steps > MOST_STEPS) throw new Error('steps');
    if (characters > MOST_TEXT) throw new Error('result');
  }

  walk(node) {
    this.pay(1, 0);
    return this[node.type](node);
  }

  Literal({ value }) {
    return value;
  }

  Identifier({ name }) {
    return harmless(lookUp(this.scope, name));
  }

  MemberExpression({ object, property, computed }) {
    const of = this.walk(object);
    return member(of, computed ? this.walk(property) : property.name);
  }

  UnaryExpression({ operator, argument }) {
    const value = this.walk(argument);
    if (operator === '!') return !value;
    return operator === '-' ? -toNumber(value) : toNumber(value);
  }

  BinaryExpression({ operator, left, right }) {
    const first = this.walk(left);
    if (SETTLED[operator]) return SETTLED[operator](first) ? first : this.walk(right);
    const value = OPERATORS[operator](first, this.walk(right));
    if (typeof value === 'string') this.pay(0, value.length);
    return value;
  }

  ConditionalExpression({ test, consequent, alternate }) {
    return this.walk(this.walk(test) ? consequent : alternate);
  }

  ArrayExpression({ elements }) {
    return elements.map((element) => this.walk(element));
  }

  ObjectExpression({ properties }) {
    return Object.fromEntries(properties.map(({ key, value }) => [key, this.walk(value)]));
  }

  CallExpression(node) {
    const given = node.arguments.map((one) => this.walk(one));
    return harmless(HELPERS[node.callee.name].run((steps, characters = 0) => this.pay(steps, characters), ...given));
  }
}

/** @type {Map<string, {tree?: any, fault?: string}>} */
const kept = new Map();

/** The tree of a source, or why there is none; read once. */
function compile(source) {
  const known = kept.get(source);
  if (known) return known;
  /** @type {{tree?: any, fault?: string}} */
  let made;
  try {
    made = { tree: parse(source) };
  } catch (error) {
    made = { fault: error.reason || 'syntax' };
  }
  if (kept.size >= MOST_KEPT) kept.clear();
  kept.set(source, made);
  return made;
}

/**
 * @param {string} source
 * @param {object} scope see scope.js
 * @returns {{value?: *, fault?: string}} `fault`, one word, where it could not be evaluated
 */
function evaluate(source, scope) {
  const { tree, fault } = compile(source);
  if (fault) return { fault };
  try {
    const walk = new Walk(scope);
    const value = walk.walk(tree);
    if (typeof value === 'string') walk.pay(0, value.length);
    return { value };
  } catch (error) {
    return { fault: error.message === 'result' ? 'result' : 'steps' };
  }
}

module.exports = { compile, evaluate };
