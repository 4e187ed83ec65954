/**
 * What a page can read and do: the data-source document, generated from the server's actions, made
 * ready for menus. `fields` of a method are the paths in its answer, lists and their items too.
 */
const DEEPEST = 4;

/** @param {object} source CALS data source. @returns {object[]} methods with params and answer */
export function methodsOf(source) {
  return (source?.methods ?? []).filter((method) => !method.disabled).map((method) => {
    const params = opened(method.inParams ?? {}, method.inParams);
    const required = params.required ?? [];
    return {
      name: method.name,
      title: method.title || method.name,
      description: method.description ?? '',
      who: method.calleeBody?.config?.who ?? [],
      reads: method.intent ? method.intent.startsWith('get') : true,
      params: Object.entries(params.properties ?? {}).map(([name, schema]) => ({
        name, ...described(name, schema, method.inParams), isRequired: required.includes(name),
      })),
      answer: method.outParams ?? {},
    };
  });
}

const DESK = ['listener', 'counsellor', 'supervisor'];

/** The methods that everybody who sees a page of this audience may call. */
export function offeredTo(methods, audience) {
  const needed = { teen: ['teen'], staff: DESK }[audience] ?? ['anyone'];
  return methods.filter(({ who }) => who.includes('anyone') || needed.every((role) => who.includes(role)));
}

function described(name, schema, root) {
  const found = opened(schema, root);
  return { title: found.title || found.description || name, type: typeOf(found), choices: choicesOf(found), default: found.default };
}

function choicesOf(schema) {
  if (schema.const !== undefined) return [schema.const];
  return schema.enum ?? schema.anyOf?.flatMap((one) => one.enum ?? []) ?? [];
}

/** The schema behind references and behind 'or null'. */
export function opened(schema, root) {
  let found = schema ?? {};
  for (let step = 0; step < 8; step += 1) {
    const target = found.$ref && at(root, found.$ref);
    const other = (found.anyOf ?? found.oneOf)?.find((one) => one.type !== 'null');
    if (target) found = target;
    else if (other && !found.properties && !found.type) found = other;
    else return found;
  }
  return found;
}

function at(root, reference) {
  return reference.replace(/^#\//, '').split('/').reduce((held, key) => held?.[key], root);
}

export function typeOf(schema) {
  const type = Array.isArray(schema.type) ? schema.type.find((one) => one !== 'null') : schema.type;
  if (type) return type === 'integer' ? 'number' : type;
  if (schema.properties) return 'object';
  if (schema.items) return 'array';
  return schema.enum ? 'string' : 'any';
}

/** Fields of a schema as {path, title, type, schema}; what lies in lists is left to `itemOf`. */
export function fieldsOf(schema, root, before = '', depth = 0) {
  const found = opened(schema, root);
  if (depth >= DEEPEST) return [];
  return Object.entries(found.properties ?? {}).flatMap(([name, inner]) => {
    const path = before ? `${before}.${name}` : name;
    const held = opened(inner, root);
    const own = { path, title: inner.title || held.title || name, type: typeOf(held), schema: held };
    return [own, ...fieldsOf(held, root, path, depth + 1)];
  });
}

/** The schema of one item of the list at `path` in an answer, or null. */
export function itemOf(schema, root, path) {
  const field = path ? fieldsOf(schema, root).find((one) => one.path === path)?.schema : opened(schema, root);
  return field?.items ? opened(field.items, root) : null;
}

/** A query of the page that calls this method. */
export function queryOf(method, name, label) {
  const given = method.params.filter((param) => param.isRequired && param.default === undefined);
  const params = Object.fromEntries(given.map((param) => [param.name, emptyOf(param)]));
  return {
    id: name, name, label, type: 'apis', trigger: 'auto',
    dataSourceName: 'actions', method: { name: method.name, params },
  };
}

export function emptyOf({ type, choices }) {
  if (choices?.length) return choices[0];
  return { number: 0, boolean: false, array: [], object: {} }[type] ?? '';
}
