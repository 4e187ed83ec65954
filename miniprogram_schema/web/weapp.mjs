// Assembles the mini-program for WeChat DevTools in build/weapp. Usage: npm run weapp
// Fails when the main package would be larger than WeChat takes.

import path from 'node:path';
import { parseArgs } from 'node:util';
import { assemble } from './lib/assemble.mjs';
import { Project, SCHEMA } from './lib/project.mjs';

const LIMIT = 2 * 1024 * 1024;

const { values: options } = parseArgs({
  options: {
    weapp: { type: 'string', default: path.join(SCHEMA, 'weapp') },
    out: { type: 'string', default: path.join(SCHEMA, 'build', 'weapp') },
  },
});

/** Where the package was put. */
export const PACKAGE = path.resolve(options.out);

const project = new Project(path.resolve(options.weapp));
const { bytes, count, largest } = await assemble(project, PACKAGE);
const kib = (size) => (size / 1024).toFixed(0);
const share = ((100 * bytes) / LIMIT).toFixed(0);
console.log(`${count} files, ${kib(bytes)} KiB before minifying: ${share} % of the 2 MB allowed`);
largest.forEach(([key, size]) => console.log(`  ${kib(size).padStart(5)} KiB  ${key}`));
if (bytes > LIMIT) process.exitCode = 1;
