// A story of a block as a page: its items, with its state declared and its queries pretended.

const KIND = (value) => (Array.isArray(value) ? 'array' : value === null ? 'object' : typeof value);
const face = (value) => (value && typeof value === 'object' && 'state' in value ? value : { state: 'ready', data: value });

/** @returns {{page: object, queries: object}} */
export function storyPage(stories, { block, index = 0 }) {
  const story = stories[block]?.[index];
  if (!story) throw new Error('unknown');
  const state = Object.entries(story.state ?? {}).map(([name, initialValue]) => [
    name,
    { varType: 'state', dataType: KIND(initialValue), initialValue },
  ]);
  const queries = Object.entries(story.query ?? {}).map(([name, value]) => [name, face(value)]);
  const query = queries.map(([name]) => [name, { id: name, name, type: 'apis', trigger: 'auto' }]);
  const page = {
    type: 'PAGE',
    id: `__story__/${block}`,
    attributes: { title: story.title, nav: '', fill: false },
    dataset: { state: Object.fromEntries(state), query: Object.fromEntries(query) },
    items: story.items,
  };
  return { page, queries: Object.fromEntries(queries) };
}
