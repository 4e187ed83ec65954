// The `wx` object: as much of it as the pages, the blocks and TDesign use. What is missing is
// undefined, as in an old version of WeChat, and wx.canIUse says so.

import * as pages from '../pages.js';
import { setTitle } from '../navigation_bar.js';
import { createAnimation } from './animation.js';
import * as device from './device.js';
import * as feedback from './feedback.js';
import { chooseMedia } from './media.js';
import { nxVoice } from './speech.js';
import { offAppHide, offAppShow, onAppHide, onAppShow } from './lifecycle.js';
import { api } from './promise.js';
import { request } from './request.js';
import * as storage from './storage.js';

const navigation = {
  navigateTo: api('navigateTo', pages.navigateTo),
  redirectTo: api('redirectTo', pages.redirectTo),
  reLaunch: api('reLaunch', pages.reLaunch),
  switchTab: api('switchTab', pages.reLaunch),
  navigateBack: api('navigateBack', pages.navigateBack),
  setNavigationBarTitle: api('setNavigationBarTitle', ({ title }) =>
    setTitle(pages.currentRecord(), title),
  ),
  setNavigationBarColor: api('setNavigationBarColor', () => {}),
  pageScrollTo: api('pageScrollTo', ({ scrollTop = 0, duration = 300 }) => {
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    window.scrollTo({ top: scrollTop, behavior: duration > 0 && !calm ? 'smooth' : 'instant' });
  }),
};

const queries = {
  createSelectorQuery: () => pages.currentPage().createSelectorQuery(),
  createIntersectionObserver: (component, options) => component.createIntersectionObserver(options),
};

// Signing in with WeChat needs WeChat; a page in the browser signs in with its device.
const login = api('login', () => {
  throw new Error('not in WeChat');
});

export const wx = {
  ...device,
  ...feedback,
  ...navigation,
  ...queries,
  ...storage,
  chooseMedia,
  createAnimation,
  login,
  nxVoice,
  request,
  onAppHide,
  offAppHide,
  onAppShow,
  offAppShow,
  canIUse: (name) => name.split('.')[0] in wx,
  env: { USER_DATA_PATH: '' },
  getLaunchOptionsSync: () => ({ path: pages.currentRecord()?.key ?? '', query: {}, scene: 1001 }),
  nextTick: (action) => {
    Promise.resolve().then(action);
  },
};
