// Builds the browser edition of the mini-program into web/dist/. Usage: npm run build [-- options]
//   --weapp DIR   folder of the mini-program's source (default: ../weapp)
//   --out DIR     where to write (default: dist)
//   --only PAGE   leave the other pages out, e.g. pages/chat/index (may be repeated)
//   --dev         readable script with source map, and warnings in the console

import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { transform } from 'esbuild';
import { TARGET, bundlePreview, bundleScript } from './lib/bundle.mjs';
import { Project, SCHEMA, WEB } from './lib/project.mjs';
import { compileStyles, styleScopes } from './lib/wxss.mjs';

// Which page answers at which address. The file name is what the server looks up.
const ENTRIES = [
  { file: 'index.html', page: 'pages/chat/index' },
  { file: 'desk/index.html', page: 'pages/desk/index' },
];

const VIEWPORT =
  'width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content';
const NO_SCRIPT =
  '请打开浏览器的 JavaScript 再试。紧急情况请拨打 110 或 120；' +
  '青少年服务热线 12355，心理援助热线 12356。';

const { values: options } = parseArgs({
  options: {
    weapp: { type: 'string', default: path.join(SCHEMA, 'weapp') },
    out: { type: 'string', default: path.join(WEB, 'dist') },
    only: { type: 'string', multiple: true },
    dev: { type: 'boolean', default: false },
  },
});

const project = new Project(path.resolve(options.weapp), options.only);
const scopes = styleScopes(project);
const [script, css, preview] = await Promise.all([
  bundleScript(project, scopes, options.dev),
  bundleStyles(),
  bundlePreview(options.dev),
]);
const out = path.resolve(options.out);
fs.rmSync(out, { recursive: true, force: true });
const assets = {
  js: writeAsset('app', 'js', script.code),
  css: writeAsset('app', 'css', css),
  preview: writeAsset('preview', 'js', preview),
};
ENTRIES.filter(({ page }) => project.pages.includes(page)).forEach((entry) =>
  write(entry.file, html(entry, assets)),
);
script.warnings.forEach((warning) => console.warn(`warning: ${warning}`));
report();

async function bundleStyles() {
  const host = fs.readFileSync(path.join(WEB, 'host', 'host.css'), 'utf8');
  const sheet = `${host}\n${compileStyles(project, scopes).css}`;
  return (await transform(sheet, { loader: 'css', minify: true, target: TARGET, charset: 'utf8' }))
    .code;
}

function html({ page }, { js, css: sheet, preview: previewScript }) {
  const settings = { ...project.app.window, ...project.units.get(page).json };
  return `<!doctype html>
<html lang="zh-CN">
<meta charset="utf-8">
<meta name="viewport" content="${VIEWPORT}">
<meta name="color-scheme" content="${project.app.darkmode ? 'light dark' : 'light'}">
<meta name="referrer" content="no-referrer">
<meta name="weapp-page" content="${page}">
<meta name="weapp-preview" content="${previewScript}">
<title>${settings.navigationBarTitleText ?? ''}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${sheet}">
<script src="${js}" defer></script>
<body><noscript>${NO_SCRIPT}</noscript></body>
</html>
`;
}

function writeAsset(stem, suffix, content) {
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 10);
  write(`assets/${stem}.${hash}.${suffix}`, content);
  return `/assets/${stem}.${hash}.${suffix}`;
}

function write(file, content) {
  const target = path.join(out, file);
  fs.mkdirSync(path.dirname(target), { recursive: true });
  fs.writeFileSync(target, content);
}

function report() {
  const kib = (bytes) => (bytes / 1024).toFixed(0);
  const size = (text) =>
    `${kib(Buffer.byteLength(text))} KiB (${kib(gzipSync(text).length)} KiB gzip)`;
  console.log(`${project.pages.length} pages, ${project.units.size} pages and components`);
  console.log(`script ${size(script.code)}, styles ${size(css)}`);
}
