// An esbuild plugin for Vue's single-file components: script and template become one module with a
// render function made at build time (the page allows no eval), styles go into the style sheet.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { compileScript, compileStyle, parse } from 'vue/compiler-sfc';

export function sfc() {
  const styles = new Map();
  return {
    name: 'sfc',
    setup(build) {
      build.onLoad({ filter: /\.vue$/ }, ({ path: file }) => load(file, styles));
      build.onResolve({ filter: /\.vue\?style$/ }, ({ path: file }) => ({ path: file, namespace: 'sfc-style' }));
      build.onLoad({ filter: /./, namespace: 'sfc-style' }, ({ path: file }) => ({
        contents: styles.get(file), loader: 'css',
      }));
    },
  };
}

function load(file, styles) {
  const { descriptor, errors } = parse(fs.readFileSync(file, 'utf8'), { filename: file });
  if (errors.length) return { errors: errors.map((error) => ({ text: `${file}: ${error.message}` })) };
  const id = createHash('sha256').update(path.basename(file)).digest('hex').slice(0, 8);
  const script = compileScript(descriptor, { id, inlineTemplate: true, templateOptions: { compilerOptions: { whitespace: 'condense' } } });
  const css = descriptor.styles
    .map((style) => compileStyle({ source: style.content, filename: file, id: `data-v-${id}`, scoped: style.scoped }).code)
    .join('\n');
  const head = css ? `import ${JSON.stringify(`${file}?style`)};\n` : '';
  styles.set(`${file}?style`, css);
  return { contents: head + script.content, loader: 'js', resolveDir: path.dirname(file) };
}
