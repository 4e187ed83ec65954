// Bundles the host, the templates and the mini-program's own JavaScript into one file.

import path from 'node:path';
import { build } from 'esbuild';
import { compileTemplates } from './wxml.mjs';
import { readMetas, readStories } from './generated.mjs';
import { WEB, fail } from './project.mjs';

const ENTRY = 'weapp:entry';
export const TARGET = ['es2021', 'chrome98', 'firefox104', 'safari15.4'];

/**
 * @param {boolean} dev readable code with a source map inside, and glass-easel's warnings
 * @returns {Promise<{code: string, files: string[], warnings: string[]}>} `files` are the keys of
 *   the scripts and templates that went in
 */
export async function bundleScript(project, scopes, dev) {
  const templates = compileTemplates(project);
  const result = await build({
    entryPoints: [ENTRY],
    bundle: true,
    write: false,
    metafile: true,
    minify: !dev,
    sourcemap: dev && 'inline',
    format: 'iife',
    target: TARGET,
    legalComments: 'none',
    charset: 'utf8',
    logLevel: 'warning',
    define: { 'process.env.NODE_ENV': dev ? '"development"' : '"production"' },
    inject: [path.join(WEB, 'host', 'globals.js')],
    plugins: [weappFiles(project, entrySource(project, scopes, templates.code))],
  });
  const scripts = Object.keys(result.metafile.inputs).map((file) =>
    project.keyOf(path.resolve(file)),
  );
  const files = [...templates.files, ...scripts.filter((key) => key && project.locate(key))];
  return { code: result.outputFiles[0].text, files, warnings: templates.warnings };
}

function entrySource(project, scopes, templates) {
  const units = [...project.units.values()].map(({ key, kind, json }) => {
    const source = project.locate(`${key}.js`) ?? fail(`${key}.js is missing`);
    const parts = [
      `json:${JSON.stringify(json)}`,
      `kind:"${kind}"`,
      `run:()=>require(${JSON.stringify(source)})`,
    ];
    if (scopes.has(key)) parts.push(`scope:${JSON.stringify(scopes.get(key))}`);
    return `${JSON.stringify(key)}:{${parts.join(',')}}`;
  });
  const config = {
    ...project.app,
    theme: JSON.parse(project.read(project.app.themeLocation ?? '') || '{}'),
  };
  const app = project.locate('app.js') ?? fail('app.js is missing');
  return `
    import { start } from ${JSON.stringify(path.join(WEB, 'host', 'index.js'))};
    const getRegExp = (pattern, flags) => new RegExp(pattern, flags);
    const getDate = (...parts) => new Date(...parts);
    start({
      config: ${JSON.stringify(config)},
      templates: ${templates},
      units: {${units.reverse().join(',\n')}},
      runApp: () => require(${JSON.stringify(app)}),
    });`;
}

function weappFiles(project, entry) {
  return {
    name: 'weapp-files',
    setup(builder) {
      builder.onResolve({ filter: /^weapp:entry$/ }, () => ({ path: ENTRY, namespace: 'weapp' }));
      builder.onLoad({ filter: /.*/, namespace: 'weapp' }, () => ({
        contents: entry,
        resolveDir: WEB,
        loader: 'js',
      }));
      builder.onResolve({ filter: /.*/ }, ({ path: reference, importer }) => {
        const from =
          importer && !importer.startsWith(WEB + path.sep) ? project.keyOf(importer) : undefined;
        if (!from) return undefined;
        const key = project.resolve(reference, from, ['', '.js', '/index.js']);
        return key ? { path: project.locate(key) } : undefined;
      });
    },
  };
}

/** The script of the studio's preview: loaded in its frame only, with the stories of all blocks. */
export async function bundlePreview(dev) {
  const containers = readMetas().filter((meta) => meta.isContainer).map(({ name }) => name);
  const data = { stories: Object.fromEntries(readStories()), names: readMetas().map(({ name }) => name), containers };
  const result = await build({
    entryPoints: [path.join(WEB, 'host', 'studio', 'index.js')],
    bundle: true,
    write: false,
    minify: !dev,
    sourcemap: dev && 'inline',
    format: 'iife',
    target: TARGET,
    charset: 'utf8',
    logLevel: 'warning',
    plugins: [{
      name: 'preview-data',
      setup(builder) {
        builder.onResolve({ filter: /^preview:data$/ }, () => ({ path: 'data', namespace: 'preview' }));
        builder.onLoad({ filter: /.*/, namespace: 'preview' }, () => ({ contents: JSON.stringify(data), loader: 'json' }));
      },
    }],
  });
  return result.outputFiles[0].text;
}
