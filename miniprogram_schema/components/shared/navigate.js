/**
 * Going between the teen's pages. The talk stays at the bottom of the stack, so that it goes on and
 * what is being written in it is still there; each other page stands in the stack once at most.
 */
const PAGES = {
  home: 'pages/home/index',
  chat: 'pages/chat/index',
  mood: 'pages/mood/index',
  stories: 'pages/stories/index',
  my: 'pages/my/index',
  plan: 'pages/plan/index',
  grounding: 'pages/grounding/index',
};

/** Shown from one another: these go on top, and back leads to where one came from. */
const ON_TOP = new Set(['plan', 'grounding']);

/**
 * What to do to get there.
 *
 * @param {string[]} stack routes of the pages that are open, the present one last
 * @param {string} name one of PAGES
 * @returns {{how: 'stay'|'back'|'to'|'instead'|'afresh', delta?: number}}
 */
function wayTo(stack, name) {
  const at = stack.lastIndexOf(PAGES[name]);
  if (at >= 0 && at === stack.length - 1) return { how: 'stay' };
  if (at >= 0) return { how: 'back', delta: stack.length - 1 - at };
  if (name === 'chat') return { how: 'afresh' };
  const isOnTop = stack[stack.length - 1] === PAGES.chat || ON_TOP.has(name);
  return { how: isOnTop ? 'to' : 'instead' };
}

/** @param {string} name one of PAGES @param {string=} query without the question mark */
function goTo(name, query = '') {
  const stack = getCurrentPages().map((page) => page.route);
  const { how, delta } = wayTo(stack, name);
  const url = `/${PAGES[name]}${query ? `?${query}` : ''}`;
  if (how === 'back') wx.navigateBack({ delta });
  if (how === 'to') wx.navigateTo({ url });
  if (how === 'instead') wx.redirectTo({ url });
  if (how === 'afresh') wx.reLaunch({ url });
}

module.exports = { PAGES, goTo, wayTo };
