// The blocks' metas as one module, `studio:blocks`: what `npm run generate` wrote, else the folders'.
import fs from 'node:fs';
import path from 'node:path';

export function metas(schema) {
  const folder = path.join(schema, 'components');
  return fs.readdirSync(folder)
    .map((name) => path.join(folder, name, 'meta.json'))
    .filter((file) => fs.existsSync(file))
    .map((file) => JSON.parse(fs.readFileSync(file, 'utf8')));
}

export function blocks(schema) {
  return {
    name: 'blocks',
    setup(build) {
      build.onResolve({ filter: /^studio:blocks$/ }, () => ({ path: 'blocks', namespace: 'studio' }));
      build.onLoad({ filter: /^blocks$/, namespace: 'studio' }, () => ({
        contents: JSON.stringify(metas(schema)), loader: 'json',
      }));
    },
  };
}
