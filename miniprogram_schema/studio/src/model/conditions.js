/**
 * 'Show only if' as a menu: comparisons of something on the page with a value, all or any of them. An
 * expression that the menu could not have made is null here and stays in the expression field.
 */
import { treeOf } from './expression.js';
import { pathOf, sourceOf } from './source.js';

export const OPERATORS = [
  { value: '==', label: '等于', takes: true }, { value: '!=', label: '不等于', takes: true },
  { value: '>', label: '大于', takes: true }, { value: '>=', label: '不少于', takes: true },
  { value: '<', label: '小于', takes: true }, { value: '<=', label: '不多于', takes: true },
  { value: 'includes', label: '包含', takes: true },
  { value: 'some', label: '有内容', takes: false }, { value: 'empty', label: '是空的', takes: false },
  { value: 'yes', label: '为“是”', takes: false }, { value: 'no', label: '为“否”', takes: false },
];
const JOINS = { all: ' && ', any: ' || ' };
const takesValue = (op) => OPERATORS.find((one) => one.value === op)?.takes;

/** @param {{join: 'all'|'any', tests: {left: string, op: string, right: *}[]}} rule */
export function conditionText({ join, tests }) {
  return tests.map(testText).join(JOINS[join]);
}

function testText({ left, op, right }) {
  if (op === 'some') return `!empty(${left})`;
  if (op === 'empty') return `empty(${left})`;
  if (op === 'yes') return left;
  if (op === 'no') return `!${left}`;
  if (op === 'includes') return `includes(${left}, ${sourceOf(right)})`;
  return `${left} ${op} ${sourceOf(right)}`;
}

/** The rule that would give this expression, or null. */
export function conditionOf(expression) {
  const tree = treeOf(expression);
  if (!tree) return null;
  for (const [join, sign] of [['all', '&&'], ['any', '||']]) {
    const tests = parts(tree, sign).map(testOf);
    if (tests.every(Boolean)) return { join, tests };
  }
  return null;
}

function parts(tree, sign) {
  const isJoin = ['BinaryExpression', 'LogicalExpression'].includes(tree.type) && tree.operator === sign;
  return isJoin ? [...parts(tree.left, sign), ...parts(tree.right, sign)] : [tree];
}

function testOf(tree) {
  if (pathOf(tree)) return { left: pathOf(tree), op: 'yes', right: '' };
  if (tree.type === 'UnaryExpression' && tree.operator === '!') return negated(tree.argument);
  if (tree.type === 'CallExpression') return called(tree);
  if (tree.type !== 'BinaryExpression' || !takesValue(tree.operator)) return null;
  return compared(tree.operator, tree.left, tree.right);
}

function negated(tree) {
  if (pathOf(tree)) return { left: pathOf(tree), op: 'no', right: '' };
  const test = tree.type === 'CallExpression' && called(tree);
  return test && test.op === 'empty' ? { ...test, op: 'some' } : null;
}

function called({ callee, arguments: given }) {
  if (callee.name === 'empty' && given.length === 1 && pathOf(given[0])) {
    return { left: pathOf(given[0]), op: 'empty', right: '' };
  }
  return callee.name === 'includes' && given.length === 2 ? compared('includes', ...given) : null;
}

function compared(op, left, right) {
  const path = pathOf(left);
  const value = literal(right);
  return path && value !== undefined ? { left: path, op, right: value } : null;
}

function literal(tree) {
  if (tree.type === 'Literal') return tree.value;
  const isMinus = tree.type === 'UnaryExpression' && tree.operator === '-';
  return isMinus && tree.argument.type === 'Literal' ? -tree.argument.value : undefined;
}
