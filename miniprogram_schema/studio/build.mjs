// Builds the studio into web/dist/studio/index.html and web/dist/assets. Usage:
//   node studio/build.mjs [--out DIR] [--dev]
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { createHash } from 'node:crypto';
import { build } from 'esbuild';
import { blocks } from './lib/blocks.mjs';
import { icons } from './lib/icons.mjs';
import { sfc } from './lib/sfc.mjs';
import { tokens } from './lib/tokens.mjs';

const STUDIO = import.meta.dirname;
const SCHEMA = path.dirname(STUDIO);

const { values: options } = parseArgs({
  options: {
    out: { type: 'string', default: path.join(SCHEMA, 'web', 'dist') },
    dev: { type: 'boolean', default: false },
  },
});

const result = await build({
  entryPoints: [path.join(STUDIO, 'src', 'main.js')],
  outfile: 'studio.js',
  bundle: true,
  write: false,
  minify: !options.dev,
  target: ['chrome98', 'safari15.4', 'firefox104'],
  format: 'iife',
  charset: 'utf8',
  logLevel: 'warning',
  define: {
    'process.env.NODE_ENV': JSON.stringify(options.dev ? 'development' : 'production'),
    __VUE_OPTIONS_API__: 'false',
    __VUE_PROD_DEVTOOLS__: 'false',
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
  },
  plugins: [blocks(SCHEMA), icons(SCHEMA), tokens(SCHEMA), sfc()],
});
const [js, css] = ['.js', '.css'].map((end) => result.outputFiles.find((file) => file.path.endsWith(end)).text);
const links = { js: writeAsset('js', js), css: writeAsset('css', css) };
write('studio/index.html', html(links));
console.log(`studio: script ${size(js)}, styles ${size(css)}`);

function html({ js: script, css: sheet }) {
  return `<!doctype html>
<html lang="zh-CN">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>暖心喵 · 页面工作室</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${sheet}">
<script src="${script}" defer></script>
<body><noscript>请打开浏览器的 JavaScript 再试。</noscript><div id="studio"></div></body>
</html>
`;
}

// Names carry a hash; what an earlier build of the studio left is taken away.
function writeAsset(suffix, content) {
  const folder = path.join(options.out, 'assets');
  const old = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  old.filter((name) => name.startsWith('studio.') && name.endsWith(`.${suffix}`))
    .forEach((name) => fs.rmSync(path.join(folder, name)));
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 10);
  write(`assets/studio.${hash}.${suffix}`, content);
  return `/assets/studio.${hash}.${suffix}`;
}

function write(file, content) {
  const target = path.join(options.out, file);
  fs.mkdirSync(path.dirname(target), { recursive: true });
  fs.writeFileSync(target, content);
}

function size(text) {
  const kib = (bytes) => (bytes / 1024).toFixed(0);
  return `${kib(Buffer.byteLength(text))} KiB (${kib(gzipSync(text).length)} KiB gzip)`;
}
