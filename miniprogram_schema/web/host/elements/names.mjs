// WXML's own elements, as far as the host gives them. In the document each is called wx-NAME, as in
// WeChat, so that a browser's <button> or <input> styles never meet the mini-program's.

export const ELEMENTS = new Set([
  'view',
  'text',
  'image',
  'button',
  'input',
  'textarea',
  'scroll-view',
  'label',
  'form',
  'switch',
  'picker',
  'navigator',
  'rich-text',
  'root-portal',
  'cover-view',
]);
