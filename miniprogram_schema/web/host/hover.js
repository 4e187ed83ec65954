// 'hover-class': how an element looks while it is pressed.

const TEMPORARY = 3;
const STAY_MS = 70;

/** Marks the pressed element and answers with a function that lets it go. */
export function setHover(target) {
  const element = target.closest?.('[data-hover]');
  const name = element?.dataset.hover;
  const node = element?.__wxElement;
  if (!node || element.getAttribute('aria-disabled') === 'true') return () => {};
  node.toggleNodeClass(name, true, TEMPORARY);
  return () => setTimeout(() => node.toggleNodeClass(name, false, TEMPORARY), STAY_MS);
}

/** Remembers an element's hover-class; 'none' is WeChat's word for no change. */
export function keepHover(element, name) {
  if (name && name !== 'none') element.dataset.hover = name;
  else delete element.dataset.hover;
}
