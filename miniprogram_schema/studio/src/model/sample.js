/** Made-up answers of a query from its schema, so that a page can be looked at without real data. */
import { opened, typeOf } from './methods.js';

const DEEPEST = 5;
const MANY = 3;
const A_TIME = Date.UTC(2026, 8, 1, 8, 30);

/** What the queries of a page pretend, by the face that is looked at. */
export function pretended(queries, methods, face) {
  return Object.fromEntries(Object.entries(queries).map(([name, query]) => {
    const method = methods.find((one) => one.name === query.method?.name);
    return [name, answered(method, face)];
  }));
}

function answered(method, face) {
  if (face === 'loading') return { state: 'loading', data: null, error: null };
  if (face === 'failed') return { state: 'failed', data: null, error: '网络连不上。' };
  const answer = method?.answer ?? {};
  return { state: 'ready', data: sampleOf(answer, answer, { isEmpty: face === 'empty' }), error: null };
}

export function sampleOf(schema, root, { isEmpty = false, depth = 0, number = 0, title = '' } = {}) {
  const found = opened(schema, root);
  const type = typeOf(found);
  const go = (inner, more) => sampleOf(inner, root, { isEmpty, number, depth: depth + 1, ...more });
  if (depth > DEEPEST) return null;
  if (found.enum) return found.enum[number % found.enum.length];
  if (type === 'object') {
    return Object.fromEntries(Object.entries(found.properties ?? {})
      .map(([name, inner]) => [name, go(inner, { title: inner.title ?? name })]));
  }
  if (type === 'array') return isEmpty ? [] : Array.from({ length: MANY }, (_, at) => go(found.items ?? {}, { number: at, title }));
  if (type === 'number') return /(^|_)at$|时间|time/.test(title) ? A_TIME : number + 1;
  if (type === 'boolean') return false;
  return `示例${title ? `·${title}` : ''} ${number + 1}`;
}
