/**
 * Reads an expression of a page into a tree, and refuses whatever the language does not have.
 *
 * jsep does the reading; this side makes it stricter (commas, groups) and adds object literals. What
 * is refused here is refused at save as well: cals/expressions.json holds both to the same answers.
 *
 * Promise: a tree that comes out has at most 200 nodes, is at most 40 deep, calls only helpers by
 * their bare name, and names nothing of FORBIDDEN.
 */
const { Jsep } = /** @type {any} */ (require('jsep'));
const { HELPERS } = require('./helpers.js');
const { isForbidden, isOwn } = require('./values.js');

const MOST_CHARACTERS = 2000;
const MOST_NODES = 200;
const MOST_DEPTH = 40;
const UNARY = new Set(['!', '-', '+']);
const BINARY = new Set([
  '+', '-', '*', '/', '%', '==', '!=', '===', '!==', '<', '<=', '>', '>=', '&&', '||', '??',
]);
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
/** Helpers whose second argument is the name of a field. */
const BY_FIELD = new Set(['filter', 'find', 'map', 'sort']);

/** Why an expression was not taken; `reason` is one word, the same at save. */
class ExpressionFault extends Error {
  /** @param {string} reason @param {string=} detail */
  constructor(reason, detail = '') {
    super(detail ? `${reason}: ${detail}` : reason);
    this.name = 'ExpressionFault';
    this.reason = reason;
  }
}

/** jsep takes `(1;)`, `text(1 2)` and `[1,,2]`; a page means none of them. */
class StrictReader extends Jsep {
  constructor(source) {
    super(source);
    this.nesting = 0;
    this.tokens = 0;
  }

  read() {
    const node = this.gobbleExpression();
    if (!node) this.throwError('nothing to read');
    if (this.index < this.expr.length) this.throwError('more than one expression');
    return node;
  }

  gobbleToken() {
    // Every way into the depth leads through here, so a hostile text exhausts neither stack nor time.
    this.nesting += 1;
    this.tokens += 1;
    if (this.nesting > MOST_DEPTH * 4 || this.tokens > MOST_NODES * 2) throw new ExpressionFault('limit', 'depth');
    this.gobbleSpaces();
    const node = this.code === OPEN_BRACE ? this.gobbleTokenProperty(this.gobbleObject()) : super.gobbleToken();
    this.nesting -= 1;
    return node;
  }

  gobbleGroup() {
    this.index += 1;
    const node = this.gobbleExpression();
    if (!node || this.char !== ')') this.throwError('Unclosed (');
    this.index += 1;
    return node;
  }

  gobbleArguments(termination) {
    return this.gobbleList(termination, () => this.gobbleExpression());
  }

  gobbleList(termination, gobbleOne) {
    const items = [];
    this.gobbleSpaces();
    if (this.code === termination) {
      this.index += 1;
      return items;
    }
    for (;;) {
      const item = gobbleOne();
      if (!item) this.throwError('something is missing');
      items.push(item);
      this.gobbleSpaces();
      const end = this.code;
      if (end !== termination && end !== Jsep.COMMA_CODE) this.throwError('Expected comma');
      this.index += 1;
      if (end === termination) return items;
    }
  }

  gobbleObject() {
    this.index += 1;
    const properties = this.gobbleList(CLOSE_BRACE, () => this.gobbleProperty());
    return { type: 'ObjectExpression', properties };
  }

  gobbleProperty() {
    this.gobbleSpaces();
    const quoted = this.char === "'" || this.char === '"';
    const key = quoted ? this.gobbleStringLiteral().value : this.gobbleIdentifier().name;
    this.gobbleSpaces();
    if (this.code !== Jsep.COLON_CODE) this.throwError('Expected :');
    this.index += 1;
    return { key, value: this.gobbleExpression() || this.throwError('a value is missing') };
  }
}

/** What jsep could not read: an operator it has none of, or anything else. */
function faultOf(error, reader) {
  if (error instanceof ExpressionFault) return error;
  if (error instanceof RangeError) return new ExpressionFault('limit', 'depth');
  const rest = reader.expr.slice(reader.index).trimStart();
  const assigns = /^=(?!>)/.test(rest);
  return new ExpressionFault(assigns ? 'operator' : 'syntax', error.message);
}

function refuse(reason, detail) {
  throw new ExpressionFault(reason, detail);
}

function checkName(name) {
  if (isForbidden(name)) refuse('forbidden', name);
}

function checkCall(node) {
  const { callee } = node;
  if (callee.type !== 'Identifier') refuse('call');
  if (!isOwn(HELPERS, callee.name)) refuse('call', callee.name);
  const given = node.arguments;
  const [least, most] = HELPERS[callee.name].takes;
  if (given.length < least || given.length > most) refuse('arity', callee.name);
  if (BY_FIELD.has(callee.name) && given[1].type === 'Literal') checkName(given[1].value);
  return given;
}

function checkMember(node) {
  if (!node.computed) {
    checkName(node.property.name);
    return [node.object];
  }
  if (node.property.type === 'Literal') checkName(node.property.value);
  return [node.object, node.property];
}

function checkObject(node) {
  node.properties.forEach(({ key }) => checkName(key));
  return node.properties.map(({ value }) => value);
}

/** For each kind of node: checks it and gives the nodes inside it. */
const INSIDE = {
  Literal: () => [],
  Identifier: (node) => { checkName(node.name); return []; },
  MemberExpression: checkMember,
  UnaryExpression: (node) => (UNARY.has(node.operator) ? [node.argument] : refuse('operator', node.operator)),
  BinaryExpression: (node) => (BINARY.has(node.operator) ? [node.left, node.right] : refuse('operator', node.operator)),
  ConditionalExpression: (node) => [node.test, node.consequent, node.alternate],
  ArrayExpression: (node) => node.elements,
  ObjectExpression: checkObject,
  CallExpression: checkCall,
  ThisExpression: () => refuse('word', 'this'),
};

/** Checks without recursion, so that depth is measured before anything can be too deep. */
function check(tree) {
  const waiting = [{ node: tree, depth: 1 }];
  let count = 0;
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { node, depth } = next;
    count += 1;
    if (count > MOST_NODES) refuse('limit', 'nodes');
    if (depth > MOST_DEPTH) refuse('limit', 'depth');
    if (node.optional) refuse('operator', '?.');
    if (!isOwn(INSIDE, node.type)) refuse('syntax', node.type);
    INSIDE[node.type](node).forEach((inner) => waiting.push({ node: inner, depth: depth + 1 }));
  }
  return tree;
}

/**
 * @param {string} source
 * @returns {object} the checked tree
 * @throws {ExpressionFault}
 */
function parse(source) {
  if (typeof source !== 'string') refuse('syntax');
  if (source.length > MOST_CHARACTERS) refuse('limit', 'characters');
  const reader = new StrictReader(source);
  let tree;
  try {
    tree = reader.read();
  } catch (error) {
    throw faultOf(error, reader);
  }
  return check(tree);
}

module.exports = { ExpressionFault, parse };
