// The application comes to the front and goes behind with the browser's tab.

import { currentRecord, showCurrent } from '../pages.js';
import { callHook } from '../safely.js';
import { channel } from './promise.js';

const shows = channel();
const hides = channel();

export const onAppShow = shows.on;
export const offAppShow = shows.off;
export const onAppHide = hides.on;
export const offAppHide = hides.off;

export function watchVisibility(app) {
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) {
      showCurrent(false);
      callHook(app, 'onHide');
      hides.emit({});
      return;
    }
    const { key: path, page } = currentRecord();
    const options = { path, query: page.options, scene: 1001 };
    callHook(app, 'onShow', options);
    shows.emit(options);
    showCurrent(true);
  });
}
