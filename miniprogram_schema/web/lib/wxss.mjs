// Turns WXSS into CSS: imports inlined, rpx and vh made relative to the window, tags renamed, and
// the classes of a component prefixed with its scope, as glass-easel prefixes them in the tree.

import path from 'node:path';
import postcss from 'postcss';
import selectorParser from 'postcss-selector-parser';
import { ELEMENTS } from '../host/elements/names.mjs';
import { ICON_SHEET, iconSheet, usedIcons } from './icons.mjs';
import { fail, joinKey } from './project.mjs';

const TAGS = new Set([...ELEMENTS, 'page']);
const UNSCOPED = new Set(['shared', 'page-shared']);

/** Scope name of every component whose styles are its own: Map key → name. */
export function styleScopes(project) {
  const taken = new Set();
  const scopes = new Map();
  for (const { key, kind, json } of project.units.values()) {
    if (kind === 'page' || UNSCOPED.has(json.styleIsolation)) continue;
    const stem = path.posix.basename(path.posix.dirname(key));
    let name = stem;
    for (let i = 2; taken.has(name); i += 1) name = `${stem}${i}`;
    taken.add(name);
    scopes.set(key, name);
  }
  return scopes;
}

/**
 * The whole style sheet: application first, then components from the inside out, then pages.
 *
 * @returns {{css: string, files: Map<string, string>}} `files` are the sources by key, TDesign's
 *   icon sheet replaced by ours
 */
export function compileStyles(project, scopes) {
  const files = new Map();
  const icons = iconSheet(usedIcons(project));
  const load = (key) => {
    const source = key === ICON_SHEET ? icons : project.read(key);
    if (source !== undefined) files.set(key, source);
    return source;
  };
  const units = [...project.units.values()];
  const components = units.filter((unit) => unit.kind === 'component').reverse();
  const pages = units.filter((unit) => unit.kind === 'page');
  const sheets = [compile('app.wxss', load, {})];
  components.forEach(({ key }) =>
    sheets.push(compile(`${key}.wxss`, load, { scope: scopes.get(key) })),
  );
  pages.forEach(({ key }) => sheets.push(compile(`${key}.wxss`, load, { page: key })));
  return { css: sheets.join('\n'), files };
}

function compile(key, load, owner) {
  const source = load(key);
  if (!source) return '';
  const root = inlineImports(postcss.parse(source, { from: key }), key, load, [key]);
  root.walkRules((rule) => {
    if (rule.parent?.type === 'atrule' && /keyframes$/.test(rule.parent.name)) return;
    if (rule.selector.trim() === 'page') fillWindow(rule);
    rule.selector = rewriteSelector(rule.selector, owner);
  });
  root.walkDecls((declaration) => {
    declaration.value = rewriteUnits(declaration.value);
  });
  return root.toString();
}

// 'page { height: 100% }' means the window without the navigation bar.
function fillWindow(rule) {
  rule.walkDecls(/^(min-)?height$/, (declaration) => {
    if (declaration.value === '100%') declaration.value = '100vh';
  });
}

function inlineImports(root, key, load, chain) {
  root.walkAtRules('import', (rule) => {
    const reference =
      rule.params.match(/^(?:url\()?\s*['"]?([^'")]+)['"]?\s*\)?$/)?.[1] ??
      fail(`${key}: cannot read @import ${rule.params}`);
    const target = reference.startsWith('/')
      ? joinKey(reference)
      : joinKey(path.posix.dirname(key), reference);
    if (chain.includes(target)) fail(`${key}: ${target} imports itself`);
    const source = load(target) ?? fail(`${key}: @import of ${target}, which does not exist`);
    rule.replaceWith(
      inlineImports(postcss.parse(source, { from: target }), target, load, [...chain, target])
        .nodes,
    );
  });
  return root;
}

/** 100rpx are 1rem (host.css sets the root's size); vh leaves out the navigation bar. */
export function rewriteUnits(value) {
  return value
    .replace(/(?<![\w-])(-?\d*\.?\d+)rpx\b/g, (_, n) => `${Number((n / 100).toFixed(5))}rem`)
    .replace(/(?<![\w-])(-?\d*\.?\d+)vh\b/g, (_, n) => `calc(var(--wx-vh)*${n})`);
}

function rewriteSelector(selector, { scope, page }) {
  const transform = selectorParser((list) => {
    list.walkTags((tag) => {
      if (TAGS.has(tag.value)) tag.value = `wx-${tag.value}`;
    });
    if (scope) scopeSelectors(list, scope);
    if (page) list.each((one) => confineToPage(one, page));
  });
  return transform.processSync(selector);
}

function scopeSelectors(list, scope) {
  // WeChat advises against tags in a component's styles; here they at least stay inside it.
  list.each((selector) => {
    if (selector.some((node) => node.type === 'tag' && TAGS.has(node.value.slice('wx-'.length)))) {
      prefix(selector, `:where([wx-host="${scope}"])`);
    }
  });
  list.walkClasses((node) => {
    node.value = `${scope}--${node.value}`;
  });
  list.walkPseudos((node) => {
    if (node.value === ':host')
      node.replaceWith(
        selectorParser.attribute({
          attribute: 'wx-host',
          operator: '=',
          value: scope,
          quoteMark: '"',
          raws: {},
        }),
      );
  });
}

// A page's styles hold on that page only. ':where' adds no weight, so the cascade stays WeChat's.
function confineToPage(selector, page) {
  const where = `:where([data-page="${page}"])`;
  const first = selector.nodes.find((node) => node.type === 'tag' && node.value === 'wx-page');
  if (first) {
    first.parent.insertAfter(first, selectorParser.pseudo({ value: where }));
    return;
  }
  prefix(selector, where);
}

function prefix(selector, ancestor) {
  selector.prepend(selectorParser.combinator({ value: ' ' }));
  selector.prepend(selectorParser.pseudo({ value: ancestor }));
}
