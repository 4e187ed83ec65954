/** Files that follow from others are as they would be written anew, and no description outgrows its block. */
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');

const SCHEMA = path.join(__dirname, '..', '..');

test('generated files are fresh: npm run generate', async () => {
  const { generated } = await import('../../web/lib/generated.mjs');
  for (const [name, content] of generated()) {
    const file = path.join(SCHEMA, name);
    assert.ok(fs.existsSync(file) && fs.readFileSync(file, 'utf8') === content, `${name} is stale: npm run generate`);
  }
});

test('every shipped page can be drawn, whole', () => {
  const { BLOCKS } = require('../renderer/blocks.js');
  const { BUNDLED } = require('../renderer/bundled.js');
  const { PageRun } = require('../renderer/run.js');
  for (const [id, page] of Object.entries(BUNDLED)) {
    const run = new PageRun({ blocks: BLOCKS, platform: {}, call: async () => ({}), viewer: () => ({ role: 'teen' }), draw: () => {} });
    run.show(page);
    assert.deepEqual(run.tree.faults, [], id);
    assert.ok(run.tree.count > 0, id);
  }
});
