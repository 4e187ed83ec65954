// <rich-text>: formatted text from nodes or from a string of HTML. Only the tags and attributes
// that WeChat lists are made, node by node, so no script and no handler can come in with the text.

import { WxElement } from './base.js';

const TAGS = new Set([
  'a',
  'abbr',
  'b',
  'blockquote',
  'br',
  'code',
  'dd',
  'del',
  'div',
  'dl',
  'dt',
  'em',
  'h1',
  'h2',
  'h3',
  'h4',
  'h5',
  'h6',
  'hr',
  'i',
  'img',
  'ins',
  'li',
  'ol',
  'p',
  'pre',
  'q',
  's',
  'section',
  'small',
  'span',
  'strong',
  'sub',
  'sup',
  'table',
  'tbody',
  'td',
  'tfoot',
  'th',
  'thead',
  'tr',
  'u',
  'ul',
]);
const ATTRIBUTES = new Set([
  'alt',
  'class',
  'colspan',
  'height',
  'rowspan',
  'start',
  'style',
  'title',
  'width',
]);
const SAFE_IMAGE = /^(https:|data:image\/|\/(?!\/))/i;

export class WxRichText extends WxElement {
  setProperty(name, value) {
    super.setProperty(name, value);
    if (name === 'nodes')
      this.replaceChildren(...draw(typeof value === 'string' ? parse(value) : (value ?? [])));
  }
}

function draw(nodes) {
  return nodes.flatMap((node) => {
    if (node.type === 'text') return [document.createTextNode(decode(node.text ?? ''))];
    const tag = String(node.name ?? '').toLowerCase();
    if (!TAGS.has(tag)) return [];
    const element = document.createElement(tag);
    Object.entries(node.attrs ?? {}).forEach(([name, value]) => {
      if (ATTRIBUTES.has(name) || (tag === 'img' && name === 'src' && SAFE_IMAGE.test(value)))
        element.setAttribute(name, value);
    });
    element.append(...draw(node.children ?? []));
    return [element];
  });
}

function parse(html) {
  const toNode = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return [{ type: 'text', text: node.data }];
    if (node.nodeType !== Node.ELEMENT_NODE) return [];
    const attrs = Object.fromEntries([...node.attributes].map(({ name, value }) => [name, value]));
    return [{ name: node.localName, attrs, children: [...node.childNodes].flatMap(toNode) }];
  };
  const { body } = new DOMParser().parseFromString(html, 'text/html');
  return [...body.childNodes].flatMap(toNode);
}

const ENTITIES = {
  '&nbsp;': '\u00a0',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
  '&amp;': '&',
};
const decode = (text) =>
  String(text).replace(/&(nbsp|lt|gt|quot|apos|amp);/g, (entity) => ENTITIES[entity]);
