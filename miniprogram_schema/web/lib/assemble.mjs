// Puts together the folder that WeChat DevTools opens: our sources as they are, and of TDesign only
// the files that are reached, since the whole of it would fill most of the 2 MB allowed.

import fs from 'node:fs';
import path from 'node:path';
import { bundleScript } from './bundle.mjs';
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
const MEDIA = /\.(png|jpe?g|gif|svg|mp3)$/;

/**
 * @returns {Promise<{bytes: number, count: number, largest: [string, number][]}>} what was written,
 *   and the five largest files of it
 */
export async function assemble(project, out) {
  const scopes = styleScopes(project);
  const { files } = await bundleScript(project, scopes, false);
  const styles = compileStyles(project, scopes).files;
  const pictures = project
    .ownFiles()
    .filter((file) => MEDIA.test(file))
    .map((file) => project.keyOf(file));
  const settings = [...project.units.keys()].map((key) => `${key}.json`);
  const keys = new Set([...AT_ROOT, ...settings, ...files, ...pictures]);
  fs.rmSync(out, { recursive: true, force: true });
  const sizes = [];
  const write = (key, content) => {
    const target = path.join(out, key);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, content);
    sizes.push([key, Buffer.byteLength(content)]);
  };
  styles.forEach((source, key) => write(key, source));
  keys.forEach((key) => {
    const file = project.locate(key);
    if (file && !styles.has(key)) write(key, fs.readFileSync(file));
    else if (key === 'project.config.json' && !file) fail('project.config.json is missing');
  });
  const bytes = sizes.reduce((sum, [, size]) => sum + size, 0);
  return { bytes, count: sizes.length, largest: sizes.sort((a, b) => b[1] - a[1]).slice(0, 5) };
}
