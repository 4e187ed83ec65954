// Puts a WXML attribute on an element: names of accessibility become ARIA's, everything else goes
// to the element itself when it has a use for it.

const ACTIVATED_ROLES = new Set([
  'button',
  'link',
  'checkbox',
  'radio',
  'switch',
  'tab',
  'option',
  'menuitem',
  'menuitemcheckbox',
  'menuitemradio',
  'slider',
  'treeitem',
]);

export function applyAttribute(element, name, value) {
  if (name === 'hidden') {
    element.hidden = Boolean(value);
  } else if (
    name.startsWith('aria-') ||
    name === 'role' ||
    name === 'tabindex' ||
    name === 'lang'
  ) {
    applyAria(element, name === 'aria-role' ? 'role' : name, value);
  } else {
    element.setProperty?.(name, value);
  }
}

// WXML writes aria-hidden="{{false}}" where ARIA wants the word; an empty value means 'not said'.
function applyAria(element, name, value) {
  const target = element.ariaTarget ?? element;
  if (value === undefined || value === null || value === '') target.removeAttribute(name);
  else target.setAttribute(name, String(value));
  makeFocusable(element);
}

/** What can be tapped and says it is a control can be reached and pressed with the keyboard. */
export function makeFocusable(element) {
  if (!element.hears?.has('tap') || element.hasAttribute('tabindex')) return;
  if (ACTIVATED_ROLES.has(element.getAttribute('role'))) element.tabIndex = 0;
}
