// <image>: a picture in a box of fixed size, fitted by 'mode'.

import { fire } from '../events.js';
import { WxElement } from './base.js';

const FIT = { aspectFit: 'contain', aspectFill: 'cover', scaleToFill: 'fill', center: 'none' };

export class WxImage extends WxElement {
  prepare() {
    this.picture = document.createElement('img');
    this.picture.alt = '';
    this.picture.draggable = false;
    this.append(this.picture);
    this.picture.addEventListener('load', () => {
      fire(this, 'load', { width: this.picture.naturalWidth, height: this.picture.naturalHeight });
    });
    this.picture.addEventListener('error', () => fire(this, 'error', { errMsg: 'image:fail' }));
  }

  setProperty(name, value) {
    super.setProperty(name, value);
    if (name === 'src') this.#setSource(value);
    if (name === 'lazy-load') this.picture.loading = value ? 'lazy' : 'eager';
    if (name === 'mode') {
      this.setAttribute('mode', value ?? '');
      this.picture.style.objectFit = FIT[value] ?? 'fill';
    }
  }

  setAttribute(name, value) {
    if (name === 'aria-label') this.picture.alt = value;
    super.setAttribute(name, value);
    if (name === 'aria-label' && !this.hasAttribute('role')) super.setAttribute('role', 'img');
  }

  #setSource(source) {
    if (source) this.picture.src = source;
    else this.picture.removeAttribute('src');
  }
}
