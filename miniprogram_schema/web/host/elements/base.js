// What our elements share. glass-easel hands a WXML attribute over as it is (not as a string) by
// `setProperty`; `prepare` runs right after creation, where a constructor may not add children.

import { keepHover } from '../hover.js';
import { play } from '../wx/animation.js';

export class WxElement extends HTMLElement {
  prepare() {}

  /** @param {string} name as in WXML, with hyphens @param {unknown} value undefined when unset */
  setProperty(name, value) {
    if (name === 'hover-class') keepHover(this, value);
    if (name === 'name') this.name = value;
    if (name === 'animation' && value?.actions) play(this, value);
  }
}

/** WXML says "true", "false" or a boolean; a bare attribute is true, an unset one false. */
export function isTrue(value) {
  return value !== undefined && value !== null && value !== false && value !== 'false';
}
