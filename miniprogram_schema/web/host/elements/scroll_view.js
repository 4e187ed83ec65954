// <scroll-view>: a box that scrolls, reports where it is, and goes where the template says.

import { fire } from '../events.js';
import { WxElement, isTrue } from './base.js';

const THRESHOLD = 50;

export class WxScrollView extends WxElement {
  prepare() {
    this.settings = { 'upper-threshold': THRESHOLD, 'lower-threshold': THRESHOLD };
    this.last = { top: 0, left: 0 };
    this.addEventListener('scroll', () => this.#onScroll(), { passive: true });
  }

  setProperty(name, value) {
    super.setProperty(name, value);
    this.settings[name] = value;
    if (['scroll-x', 'scroll-y', 'enable-flex'].includes(name))
      this.toggleAttribute(name, isTrue(value));
    if (name === 'show-scrollbar') this.toggleAttribute('no-scrollbar', !isTrue(value));
    if (value === undefined || value === null || value === '') return;
    if (name === 'scroll-into-view') this.#afterUpdate(() => this.#scrollIntoView(String(value)));
    if (name === 'scroll-top') this.#afterUpdate(() => this.#scrollTo({ top: inPixels(value) }));
    if (name === 'scroll-left') this.#afterUpdate(() => this.#scrollTo({ left: inPixels(value) }));
  }

  // The attribute is set before the children of the same update are drawn.
  #afterUpdate(action) {
    setTimeout(action);
  }

  #scrollIntoView(id) {
    const target = [...this.querySelectorAll('[id]')].find((element) => element.id === id);
    if (!target) return;
    const from = this.getBoundingClientRect();
    const to = target.getBoundingClientRect();
    this.#scrollTo({
      top: this.scrollTop + to.top - from.top,
      left: this.scrollLeft + to.left - from.left,
    });
  }

  #scrollTo(position) {
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const smooth = isTrue(this.settings['scroll-with-animation']) && !calm;
    this.scrollTo({ ...position, behavior: smooth ? 'smooth' : 'instant' });
  }

  #onScroll() {
    const { scrollTop, scrollLeft, scrollHeight, scrollWidth, clientHeight, clientWidth, last } =
      this;
    const detail = {
      scrollTop,
      scrollLeft,
      scrollHeight,
      scrollWidth,
      deltaY: last.top - scrollTop,
      deltaX: last.left - scrollLeft,
    };
    this.last = { top: scrollTop, left: scrollLeft };
    fire(this, 'scroll', detail);
    const upper = inPixels(this.settings['upper-threshold']);
    const lower = inPixels(this.settings['lower-threshold']);
    if (crossed(last.top, scrollTop, upper)) fire(this, 'scrolltoupper', { direction: 'top' });
    if (crossed(last.left, scrollLeft, upper) && last.left !== scrollLeft)
      fire(this, 'scrolltoupper', { direction: 'left' });
    const below = scrollHeight - clientHeight;
    const right = scrollWidth - clientWidth;
    if (crossed(below - last.top, below - scrollTop, lower))
      fire(this, 'scrolltolower', { direction: 'bottom' });
    if (right > 0 && crossed(right - last.left, right - scrollLeft, lower))
      fire(this, 'scrolltolower', { direction: 'right' });
  }
}

// An edge is reported once, on the way into its threshold.
function crossed(before, now, threshold) {
  return before > threshold && now <= threshold;
}

function inPixels(value) {
  const number = parseFloat(value) || 0;
  return String(value).endsWith('rpx')
    ? (number * parseFloat(getComputedStyle(document.documentElement).fontSize)) / 100
    : number;
}
