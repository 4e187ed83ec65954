/**
 * The attributes a block is given: those that its description names, of the kind it names, and its
 * defaults for the rest. What a page says wrongly never reaches a block.
 *
 * A description is {props: {name: {kind, value, options?}}, events: [name], container} (blocks.js).
 */
const { evaluate } = require('./expression.js');
const { isForbidden, isOwn, isPlain, toNumber, toText } = require('./values.js');

const MOST_TEXT = 10000;

/** For each kind: the value as it may be handed over, or undefined where there is none. */
const KINDS = {
  string: (value) => (['string', 'number', 'boolean'].includes(typeof value) ? toText(value).slice(0, MOST_TEXT) : undefined),
  number: (value) => (value !== '' && ['string', 'number'].includes(typeof value) && Number.isFinite(Number(value)) ? toNumber(value) : undefined),
  boolean: (value) => (typeof value === 'object' ? undefined : Boolean(value)),
  array: (value) => (Array.isArray(value) ? value.map((item) => (item === undefined ? null : item)) : undefined),
  object: (value) => (typeof value === 'object' && !Array.isArray(value) ? value : undefined),
  any: (value) => value,
};

/** A list without gaps goes on as it is, so that what did not change is seen as not changed. */
function fitting(value, prop) {
  if (value === undefined) return undefined;
  if (prop.kind === 'array' && Array.isArray(value) && !value.includes(undefined)) return value;
  const fit = KINDS[prop.kind](value);
  return fit !== undefined && prop.options && !prop.options.includes(fit) ? undefined : fit;
}

/** What an expression gives; undefined, and told, where it cannot be read. */
function valueOf(source, scope, tell, where) {
  const { value, fault } = evaluate(source, scope);
  if (fault) tell(where, fault);
  return value;
}

/**
 * All that `given` says, its ':x' evaluated over its 'x'; an expression that gives nothing leaves 'x'.
 * So inside, too: what is handed to a page stands in an object of its own.
 *
 * @param {object|undefined} given
 * @param {object} scope
 * @param {(where: string, reason: string) => void} tell
 */
function evaluated(given, scope, tell) {
  const values = {};
  Object.keys(given || {}).filter((name) => name[0] !== ':' && !isForbidden(name)).forEach((name) => {
    values[name] = isPlain(given[name]) ? evaluated(given[name], scope, tell) : given[name];
  });
  Object.keys(given || {}).filter((name) => name[0] === ':' && !isForbidden(name.slice(1))).forEach((name) => {
    const value = valueOf(given[name], scope, tell, name);
    if (value !== undefined) values[name.slice(1)] = value;
  });
  return values;
}

/**
 * What of a component's attributes is the same at every drawing, worked out once: the values that are
 * fixed, and what has to be evaluated over them. Content is never changed in place, so its objects can be
 * the keys.
 *
 * @type {WeakMap<object, {block: object, fixed: object, bound: {name: string, source: string, prop: any}[], wrong: string[]}>}
 */
const prepared = new WeakMap();

function prepare(given, block) {
  const known = prepared.get(given);
  if (known && known.block === block) return known;
  const made = { block, fixed: {}, bound: [], wrong: [] };
  Object.keys(block.props).forEach((name) => {
    const prop = block.props[name];
    const said = isOwn(given, name) ? given[name] : undefined;
    const fit = fitting(said, prop);
    if (fit === undefined && said !== undefined && said !== null) made.wrong.push(name);
    made.fixed[name] = fit === undefined ? prop.value : fit;
    if (isOwn(given, `:${name}`)) made.bound.push({ name, source: given[`:${name}`], prop });
  });
  prepared.set(given, made);
  return made;
}

const NONE = {};

/**
 * @returns {object} a value for each property of the block; the same object as long as nothing in it is
 *   evaluated
 */
function attributesOf(given, block, scope, tell) {
  const { fixed, bound, wrong } = prepare(typeof given === 'object' && given !== null ? given : NONE, block);
  wrong.forEach((name) => tell(name, 'kind'));
  if (!bound.length) return fixed;
  const attrs = { ...fixed };
  bound.forEach(({ name, source, prop }) => {
    const value = valueOf(source, scope, tell, `:${name}`);
    const fit = fitting(value, prop);
    if (fit !== undefined) attrs[name] = fit;
    else if (value !== undefined && value !== null) tell(`:${name}`, 'kind');
  });
  return attrs;
}

module.exports = { attributesOf, evaluated, valueOf };
