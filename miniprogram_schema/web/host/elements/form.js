// <form>: gathers the named controls inside it. Controls answer to `formValue` and `reset`.

import { fire } from '../events.js';
import { WxElement } from './base.js';

export class WxForm extends WxElement {
  submit() {
    const value = {};
    this.#controls().forEach((control) => {
      if (control.name) value[control.name] = control.formValue;
    });
    fire(this, 'submit', { value });
  }

  reset() {
    this.#controls().forEach((control) => control.reset());
    fire(this, 'reset', {});
  }

  #controls() {
    return [...this.querySelectorAll('wx-input, wx-textarea, wx-switch, wx-picker')];
  }
}
