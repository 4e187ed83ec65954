// Finds the files of the mini-program. A file is named by its *key*: the path it has inside the
// package WeChat sees, although the sources lie in three places (weapp/, components/ and npm).

import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = path.dirname(fileURLToPath(import.meta.url));
export const WEB = path.dirname(HERE);
export const SCHEMA = path.dirname(WEB);
export const NPM = path.join(SCHEMA, 'node_modules');

const TDESIGN_KEY = 'miniprogram_npm/tdesign-miniprogram';
const TDESIGN_DIR = path.join(NPM, 'tdesign-miniprogram', 'miniprogram_dist');

// Plain packages: one file each, under the name WeChat looks for.
const NPM_FILES = new Map([
  ['miniprogram_npm/jsep/index.js', path.join(NPM, 'jsep', 'dist', 'cjs', 'jsep.cjs.min.js')],
]);

/** Joins and normalises a path inside the package: no leading slash, no dots. */
export function joinKey(...parts) {
  return path.posix.join('/', ...parts).slice(1);
}

export class Project {
  /**
   * @param {string} weapp folder that holds app.json; `components/` is looked for beside it too
   * @param {string[]=} only keys of the pages to read; all of app.json's when left out
   */
  constructor(weapp, only) {
    this.roots = [weapp, path.dirname(weapp)];
    this.app = JSON.parse(this.read('app.json') ?? fail(`no app.json in ${weapp}`));
    this.pages = only ?? allPages(this.app);
    this.units = this.#collectUnits();
  }

  /** Absolute path of a key, or undefined when there is no such file. */
  locate(key) {
    if (NPM_FILES.has(key)) return NPM_FILES.get(key);
    const candidates = key.startsWith(`${TDESIGN_KEY}/`)
      ? [path.join(TDESIGN_DIR, key.slice(TDESIGN_KEY.length))]
      : this.roots
          .filter((root, i) => i === 0 || key.startsWith('components/'))
          .map((root) => path.join(root, key));
    return candidates.find((file) => fs.statSync(file, { throwIfNoEntry: false })?.isFile());
  }

  /** Key of an absolute path: the reverse of `locate`. */
  keyOf(file) {
    if (file.startsWith(TDESIGN_DIR + path.sep)) {
      return joinKey(TDESIGN_KEY, path.relative(TDESIGN_DIR, file));
    }
    if (file.startsWith(NPM + path.sep)) {
      return [...NPM_FILES.keys()].find((key) => NPM_FILES.get(key) === file);
    }
    const root = this.roots.find((dir) => file.startsWith(dir + path.sep));
    return root && joinKey(path.relative(root, file));
  }

  read(key) {
    const file = this.locate(key);
    return file && fs.readFileSync(file, 'utf8');
  }

  /** Absolute paths of every file we wrote ourselves: the mini-program and the blocks. */
  ownFiles() {
    const folders = [this.roots[0], path.join(this.roots[1], 'components')];
    return folders
      .filter((folder) => fs.existsSync(folder))
      .flatMap((folder) =>
        fs.readdirSync(folder, { recursive: true }).map((name) => path.join(folder, name)),
      );
  }

  /** Resolves a reference written in `fromKey` as WeChat does: absolute, relative, then npm. */
  resolve(reference, fromKey, suffixes = ['']) {
    const base = path.posix.dirname(fromKey);
    const tries = reference.startsWith('/')
      ? [joinKey(reference)]
      : [joinKey(base, reference), ...(reference.startsWith('.') ? [] : npmKeys(reference, base))];
    for (const key of tries) {
      const hit = suffixes.map((suffix) => key + suffix).find((k) => this.locate(k));
      if (hit) return hit;
    }
    return undefined;
  }

  /** Every page and component that can be reached, as Map key → {key, kind, json}. */
  #collectUnits() {
    const units = new Map();
    const visit = (key, kind) => {
      if (units.has(key)) return;
      const json = JSON.parse(
        this.read(`${key}.json`) ?? (kind === 'page' ? '{}' : fail(`${key}.json is missing`)),
      );
      const unit = { key, kind, json: { ...json, usingComponents: {} } };
      units.set(key, unit);
      const add = (using, from) =>
        Object.entries(using ?? {}).forEach(([tag, reference]) => {
          unit.json.usingComponents[tag] = `/${this.#component(reference, from)}`;
        });
      // What app.json lists may be used everywhere; TDesign brings all it needs.
      if (!key.startsWith(TDESIGN_KEY)) add(this.app.usingComponents, 'app');
      add(json.usingComponents, key);
      Object.values(unit.json.usingComponents).forEach((ref) => visit(ref.slice(1), 'component'));
      Object.values(json.componentGenerics ?? {}).forEach((generic) => {
        if (generic.default) visit(this.#component(generic.default, key), 'component');
      });
    };
    this.pages.forEach((key) => visit(key, 'page'));
    return units;
  }

  #component(reference, fromKey) {
    const found =
      this.resolve(reference, fromKey, ['.wxml']) ??
      fail(`${fromKey}.json uses ${reference}, which does not exist`);
    return found.slice(0, -'.wxml'.length);
  }
}

function allPages(app) {
  const inner = (app.subPackages ?? app.subpackages ?? []).flatMap((sub) =>
    sub.pages.map((page) => joinKey(sub.root, page)),
  );
  return [...app.pages, ...inner];
}

function npmKeys(reference, base) {
  const keys = [];
  for (let dir = `/${base}`; ; dir = path.posix.dirname(dir)) {
    keys.push(joinKey(dir, 'miniprogram_npm', reference));
    if (dir === '/') return keys;
  }
}

export function fail(message) {
  throw new Error(message);
}
