/**
 * What a person reads in an element, a line for each text, without what is hidden. Plain enough to run in a
 * browser as well, so that both editions of a page can be compared word by word.
 */
module.exports = function textOf(root) {
  const isHidden = (node) => /(^|--|\s)node-hidden(\s|$)/.test(typeof node.className === 'string' ? node.className : '') || node.hidden === true;
  const walk = (node) => {
    if (node.nodeType === 3) return [node.textContent.trim()];
    if (node.nodeType !== 1 || isHidden(node) || /^(STYLE|SCRIPT|OPTION)$/.test(node.tagName)) return [];
    return Array.from(node.childNodes).flatMap(walk);
  };
  return walk(root).filter(Boolean);
};
