// <input>: one line of text.

import { TextControl } from './text_control.js';
import { isTrue } from './base.js';

// WeChat's types of keyboard → the browser's way to ask for them.
const INPUT_MODES = { number: 'numeric', digit: 'decimal', idcard: 'text' };

export class WxInput extends TextControl {
  prepare() {
    this.prepareField('input');
    this.field.autocomplete = 'off';
    this.field.enterKeyHint = 'done';
  }

  setProperty(name, value) {
    super.setProperty(name, value);
    if (name === 'type') {
      this.field.inputMode = INPUT_MODES[value] ?? '';
      if (value === 'safe-password') this.field.type = 'password';
    }
    if (name === 'password') this.field.type = isTrue(value) ? 'password' : 'text';
  }

  onEnter() {
    this.confirm();
    if (!this.confirmHold && matchMedia('(pointer: coarse)').matches) this.field.blur();
  }
}
