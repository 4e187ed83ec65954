// <label>: a tap on it is a tap on its control, the one it names or the first one inside.

import { WxElement } from './base.js';

const CONTROLS = 'wx-switch, wx-input, wx-textarea, wx-button, wx-picker';

export class WxLabel extends WxElement {
  prepare() {
    this.addEventListener('click', (event) => {
      const control = this.target
        ? document.getElementById(this.target)
        : this.querySelector(CONTROLS);
      if (!control || control.contains(event.target)) return;
      if (control.field) control.field.focus();
      else control.click();
    });
  }

  setProperty(name, value) {
    super.setProperty(name, value);
    if (name === 'for') this.target = value;
  }
}
