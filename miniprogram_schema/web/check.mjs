// Checks the assembled mini-program with WeChat's own compilers (wcc for WXML and WXS, wcsc for
// WXSS) and its JavaScript with TypeScript against WeChat's typings, and that none of our files is
// left out of that. Usage: npm run check

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { PACKAGE, project } from './weapp.mjs';
import { NPM } from './lib/project.mjs';
import { checkedFiles, typeFaults } from './lib/typecheck.mjs';

const FOLDER = { linux: 'linux', darwin: 'mac', win32: 'windows' };

const files = fs
  .readdirSync(PACKAGE, { recursive: true })
  .map((name) => name.split(path.sep).join('/'))
  .sort();
const ending = (suffix) => files.filter((name) => name.endsWith(suffix));
const COMPILED = /\.(wxml|wxs|wxss)$/;
const TESTS = /^tests\//;

compile('wcc', [
  '-d',
  '-cc',
  usedComponents(),
  ...ending('.wxml'),
  ...ending('.wxs'),
  '-gn',
  '$gwx',
]);
const sheets = ending('.wxss');
const ofComponents = sheets.filter((name) =>
  fs.existsSync(path.join(PACKAGE, name.replace(/wxss$/, 'json'))),
);
const others = sheets.filter((name) => !ofComponents.includes(name));
compile('wcsc', ['-db', '-pc', String(ofComponents.length), ...ofComponents, ...others]);
report('tsc', typeFaults());
report('nothing left out', leftOut());
const ours = (suffix) => ending(suffix).filter((name) => !name.startsWith('miniprogram_npm/')).length;
console.log(
  `of ours: ${ours('.wxml')} WXML, ${ours('.wxs')} WXS, ${ours('.wxss')} WXSS, ${ours('.js')} JS; ` +
    `${files.filter((name) => /^components\/[\w-]+\/index\.wxml$/.test(name)).length} components, ` +
    `${project.pages.length} pages`,
);

// A block that nothing reaches is not in the package, so no compiler has seen it.
function leftOut() {
  const typed = checkedFiles();
  return project
    .ownFiles()
    .map((file) => [file, project.keyOf(file)])
    .filter(([, key]) => key && !TESTS.test(key) && !key.includes('node_modules/'))
    .flatMap(([file, key]) => {
      if (COMPILED.test(key) && !files.includes(key)) return [`${key}: no page reaches it`];
      if (key.endsWith('.js') && !files.includes(key)) return [`${key}: no page reaches it`];
      return key.endsWith('.js') && !typed.has(file) ? [`${key}: tsconfig.json leaves it out`] : [];
    });
}

// For each file with components wcc wants: its name, how many there are, and their tags.
function usedComponents() {
  const entries = ending('.json')
    .map((name) => [
      name,
      Object.keys(
        JSON.parse(fs.readFileSync(path.join(PACKAGE, name), 'utf8')).usingComponents ?? {},
      ),
    ])
    .filter(([name, tags]) => tags.length && files.includes(name.replace(/json$/, 'wxml')));
  return [
    entries.length,
    ...entries.flatMap(([name, tags]) => [name.replace(/json$/, 'wxml'), tags.length, ...tags]),
  ].join(' ');
}

function compile(tool, args) {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const binary = path.join(
    NPM,
    'miniprogram-compiler',
    'bin',
    FOLDER[process.platform],
    tool + suffix,
  );
  fs.chmodSync(binary, 0o755);
  run(tool, binary, args);
}

function run(name, command, args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: PACKAGE,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  report(name, status === 0 ? [] : [error?.message ?? (stderr || stdout).trim()]);
}

function report(name, faults) {
  console.log(`${name}: ${faults.length ? 'failed' : 'passed'}`);
  faults.forEach((fault) => console.error(`  ${fault}`));
  if (faults.length) process.exitCode = 1;
}
