// The names of the icons that the mini-program carries, as one module, `studio:icons`.
import path from 'node:path';
import { usedIcons } from '../../web/lib/icons.mjs';
import { Project } from '../../web/lib/project.mjs';

export function icons(schema) {
  return {
    name: 'icons',
    setup(build) {
      build.onResolve({ filter: /^studio:icons$/ }, () => ({ path: 'icons', namespace: 'studio' }));
      build.onLoad({ filter: /^icons$/, namespace: 'studio' }, () => ({
        contents: JSON.stringify(usedIcons(new Project(path.join(schema, 'weapp')))), loader: 'json',
      }));
    },
  };
}
