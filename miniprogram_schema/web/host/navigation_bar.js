// The bar WeChat draws above a page. Here it is a header with the page's title as its heading.

import { themed } from './theme.js';

const BACK = '返回';

/** Makes the bar unless the page draws its own; keeps title and bar on the page's record. */
export function attachBar(record, settings, canGoBack) {
  record.title = settings.navigationBarTitleText ?? '';
  if (settings.navigationStyle === 'custom') {
    record.element.classList.add('wx-page-custom');
    return undefined;
  }
  record.bar = document.createElement('header');
  record.bar.className = 'wx-bar';
  record.settings = settings;
  paintBar(record);
  if (canGoBack) record.bar.append(backButton());
  record.heading = record.bar.appendChild(document.createElement('h1'));
  record.heading.textContent = record.title;
  return record.bar;
}

export function setTitle(record, title) {
  record.title = title;
  if (record.heading) record.heading.textContent = title;
  if (record.shown) document.title = title;
}

/** Colours the bar for the present theme. */
export function paintBar({ bar, settings }) {
  if (!bar) return;
  bar.style.backgroundColor = themed(settings.navigationBarBackgroundColor) ?? '';
  bar.style.color = themed(settings.navigationBarTextStyle) ?? '';
}

function backButton() {
  const button = document.createElement('button');
  button.type = 'button';
  button.setAttribute('aria-label', BACK);
  button.addEventListener('click', () => history.back());
  return button;
}
