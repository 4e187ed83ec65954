// Puts together the folder that WeChat DevTools opens: our sources as they are, and of TDesign only
// the files that are reached, since the whole of it would fill most of the 2 MB allowed. The same
// sources give the same bytes.

import fs from 'node:fs';
import path from 'node:path';
import { bundleScript } from './bundle.mjs';
import { ICON_SHEET } from './icons.mjs';
import { privacyOf } from './privacy.mjs';
import { fail } from './project.mjs';
import { compileStyles, styleScopes } from './wxss.mjs';

const AT_ROOT = [
  'app.js',
  'app.json',
  'app.wxss',
  'project.config.json',
  'sitemap.json',
  'theme.json',
];
const NEEDED = ['app.json', 'project.config.json', 'sitemap.json'];
const MEDIA = /\.(png|jpe?g|gif|svg|mp3)$/;
const PAGES = 'renderer/bundled.js';

/**
 * @returns {Promise<{bytes: number, kinds: [string, number][], sizes: [string, number][],
 *   guide: [string, string[]][]}>} what was written, in bytes: the whole, by kind, and each file by
 *   its key, the largest first; `guide` is what the console's privacy guide has to name
 */
export async function assemble(project, out) {
  const files = await collect(project);
  const { settings, guide } = privacyOf(
    [...files].filter(([key]) => key.endsWith('.js')).map(([, content]) => content.toString()),
  );
  const app = { ...JSON.parse(files.get('app.json').toString()), ...settings };
  files.set('app.json', Buffer.from(`${JSON.stringify(app, null, 2)}\n`));
  replaceFolder(out, files);
  const sizes = [...files].map(([key, content]) => [key, content.length]);
  sizes.sort(([a, first], [b, second]) => second - first || (a < b ? -1 : 1));
  const bytes = sizes.reduce((sum, [, size]) => sum + size, 0);
  return { bytes, kinds: byKind(sizes), sizes, guide };
}

/** Whose bytes a file is counted among. */
function kindOf(key) {
  if (key === ICON_SHEET) return 'icons';
  if (key === PAGES) return 'pages';
  return key.startsWith('miniprogram_npm/tdesign-miniprogram/')
    ? 'tdesign'
    : key.startsWith('miniprogram_npm/') ? 'libraries' : 'ours';
}

function byKind(sizes) {
  const kinds = new Map(['ours', 'tdesign', 'pages', 'icons', 'libraries'].map((kind) => [kind, 0]));
  sizes.forEach(([key, size]) => kinds.set(kindOf(key), kinds.get(kindOf(key)) + size));
  return [...kinds];
}

/** Every file of the package by its key, in the order of their names. */
async function collect(project) {
  const scopes = styleScopes(project);
  const { files: scripts } = await bundleScript(project, scopes, false);
  const styles = compileStyles(project, scopes).files;
  const pictures = project
    .ownFiles()
    .filter((file) => MEDIA.test(file))
    .map((file) => project.keyOf(file));
  const settings = [...project.units.keys()].map((key) => `${key}.json`);
  const keys = new Set([...AT_ROOT, ...settings, ...scripts, ...pictures, ...styles.keys()]);
  const files = new Map();
  for (const key of [...keys].sort()) {
    const file = project.locate(key);
    if (styles.has(key)) files.set(key, Buffer.from(styles.get(key)));
    else if (file) files.set(key, fs.readFileSync(file));
    else if (NEEDED.includes(key)) fail(`${key} is missing`);
  }
  return files;
}

// The folder changes in one step, so whoever stops a build half way finds the one before whole.
function replaceFolder(out, files) {
  if (!isOurs(out)) {
    fail(`${out} holds something else, and what stands there would be removed: name another folder`);
  }
  const [fresh, old] = [`${out}.new`, `${out}.old`];
  [fresh, old].forEach((folder) => fs.rmSync(folder, { recursive: true, force: true }));
  for (const [key, content] of files) {
    const target = path.join(fresh, key);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, content);
  }
  if (fs.existsSync(out)) fs.renameSync(out, old);
  fs.renameSync(fresh, out);
  fs.rmSync(old, { recursive: true, force: true });
}

/** Whether a folder is free to be replaced: there is none, it is empty, or we made it. */
function isOurs(folder) {
  if (!fs.existsSync(folder)) return true;
  const names = fs.readdirSync(folder);
  return names.length === 0 || AT_ROOT.every((name) => names.includes(name));
}
