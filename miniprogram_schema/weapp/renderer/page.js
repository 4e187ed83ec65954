/** What a page must be to be drawn at all, and what it declares. */
const { isOwn, isPlain } = require('./values.js');

const PAGE_ID = /^[a-z][a-z0-9_]{1,39}$/;
const STORY_ID = /^__story__\/[a-z0-9-]{1,60}$/;
const MOST_BYTES = 2000000;

const isPageId = (page) => typeof page === 'string' && (PAGE_ID.test(page) || STORY_ID.test(page));

/**
 * The page inside `content`, which may be its JSON text.
 *
 * @returns {any} null where it is no page
 */
function pageOf(content) {
  const page = typeof content === 'string' ? parsed(content) : content;
  return isPlain(page) && page.type === 'PAGE' && Array.isArray(page.items) ? page : null;
}

function parsed(text) {
  if (text.length > MOST_BYTES) return null;
  try {
    return JSON.parse(text);
  } catch (error) {
    return null;
  }
}

/** @param {'state'|'params'|'query'} part @returns {object} name → declaration */
function declared(page, part) {
  const dataset = isPlain(page.dataset) ? page.dataset : {};
  const all = isOwn(dataset, part) && isPlain(dataset[part]) ? dataset[part] : {};
  return Object.fromEntries(Object.entries(all).filter(([, one]) => isPlain(one)));
}

const EMPTY = { string: '', number: 0, boolean: false, object: {}, array: [] };
const copied = (value) => (typeof value === 'object' && value !== null ? JSON.parse(JSON.stringify(value)) : value);

/** Values of the variables; what `held` has of the same kind stays. */
function stateOf(page, before, held) {
  const [old, now] = [before ? declared(before, 'state') : {}, declared(page, 'state')];
  return Object.fromEntries(Object.entries(now).map(([name, one]) => {
    const stays = isOwn(held, name) && isOwn(old, name) && old[name].dataType === one.dataType;
    const first = one.initialValue === undefined ? EMPTY[one.dataType] : one.initialValue;
    return [name, stays ? held[name] : copied(first === undefined ? null : first)];
  }));
}

/** Values of the parameters: as given, else as declared. */
function paramsOf(page, given) {
  return Object.fromEntries(Object.entries(declared(page, 'params')).map(([name, { initialValue = '' }]) => [
    name, isOwn(given || {}, name) ? given[name] : initialValue,
  ]));
}

/** {title, nav, fill, audience} as the page view needs them. */
function settingsOf(page) {
  const { title = '', nav = '', fill = false, audience = '' } = isPlain(page.attributes) ? page.attributes : {};
  return { title: String(title), nav: String(nav), fill: fill === true, audience: String(audience) };
}

module.exports = { declared, isPageId, pageOf, paramsOf, settingsOf, stateOf };
