// <switch>: on or off.

import { fire } from '../events.js';
import { WxElement, isTrue } from './base.js';

export class WxSwitch extends WxElement {
  prepare() {
    this.setAttribute('role', 'switch');
    this.tabIndex = 0;
    this.#show(false);
    this.addEventListener('click', () => {
      if (this.getAttribute('aria-disabled') === 'true') return;
      this.#show(!this.formValue);
      this.modelListeners?.checked?.(this.formValue);
      fire(this, 'change', { value: this.formValue });
    });
  }

  setProperty(name, value) {
    super.setProperty(name, value);
    if (name === 'checked') this.#show(isTrue(value));
    if (name === 'color' && value) this.style.setProperty('--wx-switch', value);
    if (name === 'disabled') this.setAttribute('aria-disabled', String(isTrue(value)));
  }

  get formValue() {
    return this.getAttribute('aria-checked') === 'true';
  }

  reset() {
    this.#show(false);
  }

  #show(checked) {
    this.setAttribute('aria-checked', String(checked));
  }
}
