// Writes the renderer's generated files anew. Usage: npm run generate [-- --check]
//   --check   writes nothing, and fails when a file is not as it would be written

import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { generated } from './lib/generated.mjs';
import { SCHEMA } from './lib/project.mjs';

const { values: options } = parseArgs({ options: { check: { type: 'boolean', default: false } } });

for (const [name, content] of generated()) {
  const file = path.join(SCHEMA, name);
  const isFresh = fs.existsSync(file) && fs.readFileSync(file, 'utf8') === content;
  console.log(`${isFresh ? 'fresh  ' : options.check ? 'stale  ' : 'written'} ${name}`);
  if (isFresh) continue;
  if (options.check) process.exitCode = 1;
  else write(file, content);
}

function write(file, content) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, content);
}
