// The slow gate: the whole compiler of WeChat DevTools over the assembled mini-program, as it runs
// before an upload. It is 275 MB of other people's packages, so it is no dependency of ours: install it
// anywhere and name the folder. No account and no network are needed, since the attributes of the
// project, which it would ask WeChat for, are given here.
// Usage: node gates/full_compile.mjs --miniprogram-ci DIR [--weapp DIR]

import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const VERSION = '2.1.42';
const KIB = 1024;
const LIMIT = 2 * KIB * KIB;
const SCHEMA = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** What WeChat grants an ordinary mini-program; sizes in KiB. */
const ATTRIBUTES = {
  platform: false,
  appType: 0,
  gameApp: false,
  isSandbox: false,
  released: false,
  setting: {
    MaxCodeSize: 2 * KIB,
    MaxSubpackageSubCodeSize: 2 * KIB,
    MaxSubpackageFullCodeSize: 20 * KIB,
    NavigateMiniprogramLimit: 10,
    MaxSubPackageLimit: 100,
    MinTabbarCount: 2,
    MaxTabbarCount: 5,
    MaxCustomTabbarCount: 5,
    MaxTabbarIconSize: 40,
  },
};

const { values: options } = parseArgs({
  options: {
    'miniprogram-ci': { type: 'string' },
    weapp: { type: 'string', default: path.join(SCHEMA, 'build', 'weapp') },
  },
});

const ci = load(options['miniprogram-ci']);
const weapp = path.resolve(options.weapp);
const config = readConfig(weapp);
const said = [];
const started = Date.now();
const compiled = await compile().catch((error) => stop(`does not compile: ${error.message ?? error}`));
report();

function compile() {
  const project = new ci.Project({
    appid: config.appid,
    type: 'miniProgram',
    projectPath: weapp,
    privateKey: 'none: nothing is uploaded',
    ignores: ['node_modules/**/*'],
    attr: async () => ATTRIBUTES,
  });
  return ci.getCompiledResult({
    project,
    version: '0.0.0',
    setting: { es6: true, minify: true, ...pick(config.setting, 'es7') },
    onProgressUpdate: (task) => said.push(task),
  });
}

function report() {
  const sizes = Object.entries(compiled)
    .map(([name, content]) => [name, Buffer.byteLength(content)])
    .sort((a, b) => b[1] - a[1]);
  const bytes = sizes.reduce((sum, [, size]) => sum + size, 0);
  const kib = (size) => (size / KIB).toFixed(0);
  said
    .filter((task) => /warn/i.test(task?.level ?? task?.type ?? ''))
    .forEach((task) => console.log(`warning: ${task.message ?? task}`));
  console.log(`compiled in ${((Date.now() - started) / 1000).toFixed(0)} s`);
  console.log(`${sizes.length} files, ${kib(bytes)} KiB: ${((100 * bytes) / LIMIT).toFixed(0)} % of the 2 MB allowed`);
  sizes.slice(0, 5).forEach(([name, size]) => console.log(`  ${kib(size).padStart(5)} KiB  ${name}`));
  if (bytes > LIMIT) stop('WeChat takes no main package of more than 2 MB');
  // Its pool of workers would keep the process alive.
  process.exit();
}

function load(folder) {
  const wanted = folder && path.resolve(folder);
  const manifest = wanted && path.join(wanted, 'node_modules', 'miniprogram-ci', 'package.json');
  if (!manifest || !fs.existsSync(manifest)) {
    stop(
      `${folder ? `${folder} holds no miniprogram-ci` : 'no --miniprogram-ci DIR was given'}. To get it:\n` +
        `  npm install --prefix DIR miniprogram-ci@${VERSION}`,
    );
  }
  const { version } = JSON.parse(fs.readFileSync(manifest, 'utf8'));
  if (version !== VERSION) console.warn(`warning: miniprogram-ci ${version}; tried with ${VERSION}`);
  return createRequire(manifest)('miniprogram-ci');
}

function readConfig(folder) {
  const file = path.join(folder, 'project.config.json');
  if (!fs.existsSync(file)) stop(`${folder} holds no mini-program: npm run weapp makes one`);
  return JSON.parse(fs.readFileSync(file, 'utf8'));
}

function pick(from, ...names) {
  return Object.fromEntries(names.filter((name) => name in from).map((name) => [name, from[name]]));
}

function stop(message) {
  console.error(message);
  process.exit(1);
}
