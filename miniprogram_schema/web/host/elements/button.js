// <button>: a control for keyboard and screen reader, and the way a form is sent or emptied.

import { WxElement, isTrue } from './base.js';

export class WxButton extends WxElement {
  prepare() {
    this.setAttribute('role', 'button');
    this.tabIndex = 0;
    this.addEventListener('click', () => this.#actOnForm());
  }

  setProperty(name, value) {
    super.setProperty(name, value);
    if (name === 'disabled') this.#setDisabled(isTrue(value));
    if (name === 'form-type') this.formType = value;
    if (['size', 'type'].includes(name) && value) this.setAttribute(name, value);
    if (['plain', 'loading'].includes(name)) this.toggleAttribute(name, isTrue(value));
  }

  #setDisabled(disabled) {
    this.tabIndex = disabled ? -1 : 0;
    this.toggleAttribute('disabled', disabled);
    if (disabled) this.setAttribute('aria-disabled', 'true');
    else this.removeAttribute('aria-disabled');
  }

  #actOnForm() {
    if (this.getAttribute('aria-disabled') === 'true') return;
    const form = this.closest('wx-form');
    if (this.formType === 'submit') form?.submit();
    if (this.formType === 'reset') form?.reset();
  }
}
