/**
 * Where the pages are. Some have an address of their own, kept from before pages could be drawn; all
 * others are shown by `pages/page/index`.
 */
const OWN = {
  teen_home: 'home',
  teen_chat: 'chat',
  teen_mood: 'mood',
  teen_stories: 'stories',
  teen_my: 'my',
  teen_plan: 'plan',
  teen_grounding: 'grounding',
};
const ANY = 'pages/page/index';

const asText = (value) => (typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value));

/** `a=1&b=2`, without what is nothing. */
function queryOf(params) {
  const said = Object.entries(params || {}).filter(([, value]) => value !== undefined && value !== null);
  return said.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(asText(value))}`).join('&');
}

/**
 * @param {string} page @param {object} params @param {'teen'|'staff'} viewer as whom the page is read
 * @returns {{own: string, url: string}} `own` is a name of shared/navigate.js, or ''
 */
function addressOf(page, params, viewer) {
  const own = OWN[page] || '';
  const query = queryOf(own ? params : { ...params, page, as: viewer === 'staff' ? 'staff' : undefined });
  return { own, url: own ? query : `/${ANY}?${query}` };
}

module.exports = { addressOf, queryOf };
