/** What a form stands on, taken from the mini-program; tests hand in their own. */

const storage = {
  get(key) {
    try {
      return wx.getStorageSync(key) || undefined;
    } catch (error) {
      return undefined;
    }
  },
  set(key, value) {
    try {
      wx.setStorageSync(key, value);
    } catch (error) {
      // A phone may refuse storage; the answer is still sent while the page stays open.
    }
  },
  remove(key) {
    try {
      wx.removeStorageSync(key);
    } catch (error) {
      // Nothing was stored, so nothing is left behind.
    }
  },
};

const clock = {
  now: () => Date.now(),
  later: (run, delay) => setTimeout(run, delay),
  cancel: (timer) => clearTimeout(timer),
};

const newCid = () => `f${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 12)}`;

/** The page view that a block stands in, however deep: it knows the page and who looks on. */
function viewAround(block) {
  for (let owner = block.selectOwnerComponent(); owner; owner = owner.selectOwnerComponent()) {
    if ('viewer' in owner.data && 'preview' in owner.data) return owner;
  }
  return null;
}

/**
 * Asks as whoever looks at the page; in the studio's preview that is the studio's own answer. A block
 * outside a page view (another block holds it) asks as a teen, and its page is what it was told.
 *
 * @param {any} block the form
 * @returns {{page: string, call: (action: string, body: object) => Promise<any>, store: any, clock: any, newCid: () => string}}
 */
function partsFor(block) {
  const view = viewAround(block);
  const { pages } = getApp().services;
  const call = (action, body) => (
    view && view.run ? view.run.call(action, body) : pages.act(view ? view.data.viewer : 'teen', action, body)
  );
  return { page: block.data.page || (view ? view.data.page : ''), call, store: storage, clock, newCid };
}

module.exports = { partsFor };
