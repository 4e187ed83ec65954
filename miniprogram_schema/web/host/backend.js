// The seam between glass-easel and the document: how elements are made, how attributes reach them
// and how the browser's events come back as WeChat's.

import * as glassEasel from 'glass-easel';
import { applyAttribute } from './attributes.js';
import { connectEvents, listenTo } from './events.js';
import { ELEMENTS } from './elements/names.mjs';

const { CurrentWindowBackendContext, Element, NativeNode } = glassEasel;

export class WebBackend extends CurrentWindowBackendContext {
  constructor() {
    super();
    connectEvents();
    this.document = {
      createElement,
      createTextNode: (text) => document.createTextNode(text),
      createDocumentFragment: () => document.createDocumentFragment(),
    };
  }

  setListenerStats(element, type) {
    listenTo(element, type);
  }

  // WeChat lets a page name only some of the margins; the adapter then writes 'undefinedpx'.
  createIntersectionObserver(target, relative, margin, thresholds, listener) {
    const complete = margin.replaceAll('undefinedpx', '0px');
    return super.createIntersectionObserver(target, relative, complete, thresholds, listener);
  }

  setModelBindingStat(element, name, listener) {
    element.modelListeners = { ...element.modelListeners, [name]: listener };
  }
}

function createElement(tag) {
  const element = document.createElement(ELEMENTS.has(tag) ? `wx-${tag}` : tag);
  element.prepare?.();
  return element;
}

// glass-easel would turn every value into a string; our elements want the value itself.
NativeNode.prototype.setAttribute = function setAttribute(name, value) {
  if (this.$$) applyAttribute(this.$$, name, value);
};

const { setNodeStyle } = Element.prototype;
Element.prototype.setNodeStyle = function setStyle(style, index) {
  setNodeStyle.call(this, inCss(String(style ?? '')), index);
};

function inCss(style) {
  return style.replace(/(-?\d*\.?\d+)(rpx|vh)\b/g, (_, n, unit) =>
    unit === 'rpx' ? `${n / 100}rem` : `calc(var(--wx-vh)*${n})`,
  );
}
