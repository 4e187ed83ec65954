// How much a teen's phone has to load: each page of the browser edition as it is built, raw and in gzip,
// and the mini-program's package. Usage: node gates/sizes.mjs [--dist DIR] [--weapp DIR]
// Measures what lies there (npm run build, npm run weapp) and builds nothing.

import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';

const SCHEMA = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const LIMIT = 2 * 1024 * 1024;
const GZIP_LEVEL = 6; // What servers use unless told otherwise.
const ENTRIES = new Map([
  ['H5 (/)', 'index.html'],
  ['desk (/desk)', 'desk/index.html'],
  ['studio (/studio)', 'studio/index.html'],
]);

const { values: options } = parseArgs({
  options: {
    dist: { type: 'string', default: path.join(SCHEMA, 'web', 'dist') },
    weapp: { type: 'string', default: path.join(SCHEMA, 'build', 'weapp') },
  },
});
const [dist, weapp] = [path.resolve(options.dist), path.resolve(options.weapp)];
const kib = (bytes) => `${(bytes / 1024).toFixed(1).padStart(8)} KiB`;

console.log(`${''.padEnd(34)}${'raw'.padStart(12)}${'gzip'.padStart(12)}`);
ENTRIES.forEach((file, name) => tellPage(name, path.join(dist, file)));
tellPackage();

function tellPage(name, file) {
  if (!fs.existsSync(file)) {
    console.log(`${name}: not built (npm run build)`);
    return;
  }
  const html = fs.readFileSync(file, 'utf8');
  // What the page itself asks for; the studio's preview is named in a <meta> and loaded in its frame only.
  const assets = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map((match) => match[1]);
  const rows = [['html', html], ...assets.map((asset) => [asset, fs.readFileSync(path.join(dist, asset))])];
  const sizes = rows.map(([key, content]) => [key, Buffer.byteLength(content), zipped(content)]);
  const sum = (i) => sizes.reduce((total, row) => total + row[i], 0);
  tell(name, sum(1), sum(2));
  sizes.forEach(([key, raw, gzip]) => tell(`  ${key}`, raw, gzip));
}

function tellPackage() {
  if (!fs.existsSync(path.join(weapp, 'app.json'))) {
    console.log('mini-program: not built (npm run weapp)');
    return;
  }
  const files = fs
    .readdirSync(weapp, { recursive: true })
    .map((name) => path.join(weapp, name))
    .filter((file) => fs.statSync(file).isFile());
  const bytes = files.reduce((sum, file) => sum + fs.statSync(file).size, 0);
  const share = ((100 * bytes) / LIMIT).toFixed(0);
  console.log(`mini-program: ${files.length} files,${kib(bytes)} before minifying: ${share} % of 2 MB`);
}

function zipped(content) {
  return gzipSync(content, { level: GZIP_LEVEL }).length;
}

function tell(name, raw, gzip) {
  console.log(`${name.padEnd(34)}${kib(raw)}${kib(gzip)}`);
}
