// <navigator>: a link to another page of the mini-program.

import * as pages from '../pages.js';
import { WxElement } from './base.js';

const ACTIONS = {
  navigate: pages.navigateTo,
  redirect: pages.redirectTo,
  reLaunch: pages.reLaunch,
  switchTab: pages.reLaunch,
  navigateBack: pages.navigateBack,
};

export class WxNavigator extends WxElement {
  prepare() {
    this.setAttribute('role', 'link');
    this.tabIndex = 0;
    this.openType = 'navigate';
    this.addEventListener('click', () =>
      ACTIONS[this.openType]?.({ url: this.url, delta: this.delta }),
    );
  }

  setProperty(name, value) {
    super.setProperty(name, value);
    if (name === 'url') this.url = value;
    if (name === 'delta') this.delta = Number(value) || 1;
    if (name === 'open-type') this.openType = value || 'navigate';
  }
}
