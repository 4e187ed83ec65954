// Assembles the mini-program for WeChat DevTools in build/weapp. Usage: npm run weapp [-- --out DIR]
// Fails when the main package would be larger than WeChat takes.

import path from 'node:path';
import { parseArgs } from 'node:util';
import { assemble } from './lib/assemble.mjs';
import { Project, SCHEMA } from './lib/project.mjs';

const LIMIT = 2 * 1024 * 1024;
const LARGEST = 5;

const { values: options } = parseArgs({
  options: {
    weapp: { type: 'string', default: path.join(SCHEMA, 'weapp') },
    out: { type: 'string', default: path.join(SCHEMA, 'build', 'weapp') },
  },
});

/** Where the package was put, and the project that it was made from. */
export const PACKAGE = path.resolve(options.out);
export const project = new Project(path.resolve(options.weapp));

const { bytes, kinds, sizes, guide } = await assemble(project, PACKAGE);
const kib = (size) => (size / 1024).toFixed(0);
const line = (size, word) => console.log(`  ${kib(size).padStart(5)} KiB  ${word}`);

const share = ((100 * bytes) / LIMIT).toFixed(0);
console.log(`${sizes.length} files, ${kib(bytes)} KiB before minifying: ${share} % of the 2 MB allowed`);
kinds.forEach(([kind, size]) => line(size, kind));
console.log('largest:');
sizes.slice(0, LARGEST).forEach(([key, size]) => line(size, key));
console.log("to declare in WeChat's console (设置 → 用户隐私保护指引):");
guide.forEach(([kind, names]) => console.log(`  ${kind}: ${names.map((name) => `wx.${name}`).join(', ')}`));
if (bytes > LIMIT) {
  console.error(`${kib(bytes - LIMIT)} KiB too large: WeChat takes no main package of more than 2 MB`);
  process.exitCode = 1;
}
