/** A new row of a list that is written by hand. */
import { typeOf } from './methods.js';

export function sampleRow(schema) {
  if (schema.default !== undefined) return schema.default;
  const type = typeOf(schema);
  if (type === 'object') {
    return Object.fromEntries(Object.entries(schema.properties ?? {}).map(([key, inner]) => [key, sampleRow(inner)]));
  }
  if (schema.enum) return schema.enum[0];
  return { array: [], number: 0, boolean: false }[type] ?? '';
}
