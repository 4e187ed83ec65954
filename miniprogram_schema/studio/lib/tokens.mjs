// The mini-program's colours and sizes as the studio's: one theme file for both. In the studio a person
// may also choose light or dark, so the two halves hang on <html data-theme> as well as on the device.
import fs from 'node:fs';
import path from 'node:path';

export function tokens(schema) {
  return {
    name: 'tokens',
    setup(build) {
      build.onResolve({ filter: /^studio:tokens$/ }, () => ({ path: 'tokens', namespace: 'studio-css' }));
      build.onLoad({ filter: /^tokens$/, namespace: 'studio-css' }, () => ({
        contents: tokenSheet(fs.readFileSync(path.join(schema, 'weapp', 'theme.wxss'), 'utf8')), loader: 'css',
      }));
    },
  };
}

/** @param {string} theme text of theme.wxss: `page {…}`, the same in the dark, the same for calm motion */
export function tokenSheet(theme) {
  const [light, dark, calm] = [...theme.matchAll(/page\s*\{([^}]*)\}/g)].map((found) => found[1]);
  if (!calm) throw new Error('theme.wxss: expected light, dark and reduced motion');
  return [
    `:root { color-scheme: light; ${light} }`,
    `:root[data-theme='dark'] { color-scheme: dark; ${dark} }`,
    `@media (prefers-color-scheme: dark) { :root:not([data-theme='light']) { color-scheme: dark; ${dark} } }`,
    `@media (prefers-reduced-motion: reduce) { :root { ${calm} } }`,
  ].join('\n');
}
