// What <input> and <textarea> share: a field of the browser inside, WeChat's events outside.

import { fire } from '../events.js';
import { WxElement, isTrue } from './base.js';

const DEFAULT_LENGTH = 140;

export class TextControl extends WxElement {
  /** @param {string} tag the browser's field */
  prepareField(tag) {
    this.field = document.createElement(tag);
    this.field.maxLength = DEFAULT_LENGTH;
    this.field.className = 'wx-field';
    this.ariaTarget = this.field;
    this.append(this.field);
    this.field.addEventListener('input', () => this.#onInput());
    this.field.addEventListener('focus', () =>
      fire(this, 'focus', { value: this.field.value, height: 0 }),
    );
    this.field.addEventListener('blur', () =>
      fire(this, 'blur', { value: this.field.value, cursor: this.field.selectionStart ?? 0 }),
    );
    this.field.addEventListener('keydown', (event) => {
      // While an input method is composing, Enter chooses a word; it must not send a message.
      if (event.key === 'Enter' && !event.isComposing && event.keyCode !== 229) this.onEnter(event);
    });
  }

  setProperty(name, value) {
    super.setProperty(name, value);
    this.#settings[name]?.(value);
  }

  get formValue() {
    return this.field.value;
  }

  reset() {
    this.setValue('');
  }

  setValue(value) {
    const text = value === undefined || value === null ? '' : String(value);
    if (this.field.value !== text) this.field.value = text;
  }

  confirm() {
    fire(this, 'confirm', { value: this.field.value });
  }

  #settings = {
    value: (value) => this.setValue(value),
    placeholder: (value) => {
      this.field.placeholder = value ?? '';
    },
    'placeholder-style': (value) => this.#setPlaceholderStyle(value),
    disabled: (value) => this.#setDisabled(isTrue(value)),
    maxlength: (value) => this.#setLength(Number(value ?? DEFAULT_LENGTH)),
    focus: (value) => this.#setFocus(isTrue(value)),
    'auto-focus': (value) => this.#setFocus(isTrue(value)),
    'confirm-type': (value) => {
      this.field.enterKeyHint = value === 'return' ? 'enter' : value || 'done';
    },
    'confirm-hold': (value) => {
      this.confirmHold = isTrue(value);
    },
    cursor: (value) => this.#setCursor(value),
  };

  #onInput() {
    const { value } = this.field;
    this.modelListeners?.value?.(value);
    this.afterInput?.();
    fire(
      this,
      'input',
      { value, cursor: this.field.selectionEnd ?? value.length },
      {
        onReturn: (result) => this.#replace(result),
      },
    );
  }

  // A handler may answer with the text that is to stand in the field instead.
  #replace(result) {
    if (typeof result === 'string') this.setValue(result);
    else if (typeof result?.value === 'string') this.setValue(result.value);
  }

  #setDisabled(disabled) {
    this.field.disabled = disabled;
    this.toggleAttribute('disabled', disabled);
  }

  #setLength(length) {
    if (length >= 0) this.field.maxLength = length;
    else this.field.removeAttribute('maxlength');
  }

  // The element may not be in the document yet when its template says 'focus'.
  #setFocus(focus) {
    if (focus) requestAnimationFrame(() => this.field.focus());
    else if (document.activeElement === this.field) this.field.blur();
  }

  #setCursor(value) {
    if (Number(value) >= 0 && document.activeElement === this.field)
      this.field.setSelectionRange(value, value);
  }

  #setPlaceholderStyle(value) {
    const colour = /(?:^|;)\s*color:\s*([^;]+)/.exec(value ?? '')?.[1];
    if (colour) this.style.setProperty('--wx-placeholder', colour);
  }
}
