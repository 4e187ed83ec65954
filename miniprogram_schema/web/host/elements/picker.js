// <picker>: choosing one of a list, a date or a time, with the browser's own chooser laid
// invisibly over what the template shows.

import { fire } from '../events.js';
import { WxElement, isTrue } from './base.js';

export class WxPicker extends WxElement {
  prepare() {
    this.settings = { mode: 'selector', range: [], value: 0 };
    this.#draw();
  }

  setProperty(name, value) {
    super.setProperty(name, value);
    this.settings[name] = value;
    if (name === 'mode' || name === 'range' || name === 'range-key') this.#draw();
    if (name === 'disabled') this.field.disabled = isTrue(value);
    if (name === 'value') this.field.value = value ?? '';
    if (name === 'start') this.field.min = value ?? '';
    if (name === 'end') this.field.max = value ?? '';
  }

  setAttribute(name, value) {
    if (name === 'aria-label') this.field.setAttribute(name, value);
    super.setAttribute(name, value);
  }

  get formValue() {
    return this.field.value;
  }

  reset() {
    this.field.value = '';
  }

  #draw() {
    const { mode, range, value, disabled } = this.settings;
    const isList = mode === 'selector' || mode === undefined;
    const field = document.createElement(isList ? 'select' : 'input');
    if (isList) (range ?? []).forEach((item, i) => field.add(new Option(this.#labelOf(item), i)));
    else field.type = mode;
    field.className = 'wx-picker-field';
    field.value = value ?? '';
    field.disabled = isTrue(disabled);
    field.addEventListener('change', () => fire(this, 'change', { value: field.value }));
    if (this.field) this.field.replaceWith(field);
    else this.append(field);
    this.field = field;
  }

  #labelOf(item) {
    const key = this.settings['range-key'];
    return key ? item[key] : String(item);
  }
}
