// <textarea>: several lines. Enter sends when the page asks for it (confirm-type="send"), and
// Shift+Enter always breaks the line.

import { fire } from '../events.js';
import { TextControl } from './text_control.js';
import { isTrue } from './base.js';

const SENDING = new Set(['send', 'search', 'next', 'go', 'done']);

export class WxTextarea extends TextControl {
  prepare() {
    this.prepareField('textarea');
    this.field.rows = 1;
    this.lines = 0;
  }

  connectedCallback() {
    if (this.autoHeight) requestAnimationFrame(() => this.fit());
  }

  setProperty(name, value) {
    super.setProperty(name, value);
    if (name === 'confirm-type') this.confirmType = value;
    if (name === 'auto-height') {
      this.autoHeight = isTrue(value);
      this.toggleAttribute('auto-height', this.autoHeight);
    }
  }

  setValue(value) {
    super.setValue(value);
    if (this.autoHeight) requestAnimationFrame(() => this.fit());
  }

  afterInput() {
    if (this.autoHeight) this.fit();
  }

  onEnter(event) {
    if (event.shiftKey || !SENDING.has(this.confirmType)) return;
    event.preventDefault();
    this.confirm();
  }

  /** Makes the field as high as its text and says so when the number of lines has changed. */
  fit() {
    if (!this.isConnected) return;
    const { field } = this;
    field.style.height = 'auto';
    const height = field.scrollHeight;
    field.style.height = `${height}px`;
    const style = getComputedStyle(field);
    const lineHeight = parseFloat(style.lineHeight) || parseFloat(style.fontSize) * 1.4;
    const lineCount = Math.max(1, Math.round(height / lineHeight));
    if (lineCount === this.lines) return;
    this.lines = lineCount;
    fire(this, 'linechange', { height, heightRpx: height, lineCount });
  }
}
