/**
 * What the names in an expression stand for: a chain of plain records, the innermost first. The
 * outermost holds $page, $query and $viewer; each :for adds its names, a listener adds $event.
 */
const { isOwn } = require('./values.js');

/** @param {object} values @param {object|null=} outer @returns {{values: object, outer: object|null}} */
const scopeOf = (values, outer = null) => ({ values, outer });

function lookUp(scope, name) {
  for (let at = scope; at; at = at.outer) {
    if (isOwn(at.values, name)) return at.values[name];
  }
  return undefined;
}

module.exports = { lookUp, scopeOf };
