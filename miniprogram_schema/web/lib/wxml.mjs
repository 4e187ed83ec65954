// Compiles every WXML and WXS file that the project reaches into one JavaScript expression.

import { createRequire } from 'node:module';
import path from 'node:path';
import { ELEMENTS } from '../host/elements/names.mjs';
import { fail } from './project.mjs';

const { TmplGroup } = createRequire(import.meta.url)('glass-easel-template-compiler');

const SYNTAX = ['block', 'slot', 'template', 'import', 'include', 'wxs'];

/**
 * @returns {{code: string, files: string[], warnings: string[]}} `code` evaluates to
 *   {key: template}; it needs `getRegExp` and `getDate`, the globals of WXS, in scope. `files` are
 *   the keys that were read.
 */
export function compileTemplates(project) {
  const group = new TmplGroup();
  const done = new Set();
  const warnings = [];

  const addScript = (key) => {
    if (done.has(key)) return;
    done.add(key);
    const source = project.read(key) ?? fail(`${key} does not exist`);
    for (const [, reference] of source.matchAll(/require\(\s*['"]([^'"]+)['"]\s*\)/g)) {
      addScript(withSuffix(path.posix.join(path.posix.dirname(key), reference), '.wxs'));
    }
    group.addScript(strip(key), asJavaScript(source));
  };

  const addTemplate = (key, tags) => {
    if (done.has(key)) return;
    done.add(key);
    const source = project.read(key) ?? fail(`${key} does not exist`);
    const faults = group.addTmpl(strip(key), source).filter((fault) => fault.isError);
    if (faults.length)
      fail(`${key}: ${faults.map((f) => `line ${f.startLine}: ${f.message}`).join('; ')}`);
    unknownTags(source, tags).forEach((tag) =>
      warnings.push(`${key}: <${tag}> is not emulated in a browser`),
    );
    group.getInlineScriptModuleNames(strip(key)).forEach((name) => {
      group.setInlineScript(
        strip(key),
        name,
        asJavaScript(group.getInlineScript(strip(key), name)),
      );
    });
    group
      .getDirectDependencies(strip(key))
      .forEach((dep) => addTemplate(withSuffix(dep, '.wxml'), tags));
    group.getScriptDependencies(strip(key)).forEach((dep) => addScript(withSuffix(dep, '.wxs')));
  };

  for (const unit of project.units.values()) {
    const tags = [
      ...Object.keys(unit.json.usingComponents),
      ...Object.keys(unit.json.componentGenerics ?? {}),
    ];
    addTemplate(`${unit.key}.wxml`, tags);
  }
  const code = group.getTmplGenObjectGroups();
  group.free();
  return { code, files: [...done], warnings };
}

// Where WXS differs: `constructor` is the name of the type, and modules are asked for by a file
// name, while glass-easel keeps them without the suffix.
function asJavaScript(wxs) {
  return wxs
    .replace(/\.constructor\b(?!\s*\()/g, '.constructor?.name')
    .replace(/(require\(\s*['"][^'"]+)\.wxs(['"]\s*\))/g, '$1$2');
}

function unknownTags(source, components) {
  const known = new Set([...ELEMENTS, ...SYNTAX, ...components]);
  const tags = source
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/<wxs[\s\S]*?<\/wxs>/g, '')
    .matchAll(/<([a-z][\w-]*)/g);
  return [...new Set([...tags].map((match) => match[1]))].filter((tag) => !known.has(tag));
}

const strip = (key) => key.replace(/\.(wxml|wxs)$/, '');
const withSuffix = (key, suffix) => (key.endsWith(suffix) ? key : key + suffix);
