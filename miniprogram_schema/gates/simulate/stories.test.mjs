// Every story of every block in WeChat's classic framework: it is drawn whole, without a complaint.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { readMetas, readStories } from '../../web/lib/generated.mjs';
import { SCHEMA } from '../../web/lib/project.mjs';
import { storyPage } from '../../web/host/studio/story.mjs';
import { openWorld } from './world.mjs';

let world;
before(async () => {
  world = await openWorld();
});
after(() => world.end());

const blocksIn = (items) => items.flatMap((node) => [...(['', 'each'].includes(node.component) ? [] : [node]), ...blocksIn(node.items)]);

for (const [name, stories] of readStories()) {
  test(name, async (t) => {
    for (const [index, { title }] of stories.entries()) {
      await t.test(title, async () => {
        const { page, queries } = storyPage({ [name]: stories }, { block: name, index });
        const drawn = await world.render(page, { queries });
        assert.deepEqual(drawn.complaints, []);
        assert.deepEqual(drawn.run.tree.faults, []);
        const expected = blocksIn(drawn.run.tree.items);
        assert.ok(expected.length > 0);
        assert.equal(drawn.parent.querySelectorAll('[class*="schema-node--node-of-"]').length, expected.length);
        drawn.close();
      });
    }
  });
}

test('a block that is in the palette has a story', (t) => {
  const told = readStories();
  const lacking = readMetas().filter(({ name, meta }) => !Array.isArray(meta.visible) && !told.has(name));
  assert.deepEqual(lacking.map(({ name }) => name), []);
});

test('every event a block is described with is one it tells itself', () => {
  const silent = readMetas().flatMap(({ name, events = [] }) => {
    const folder = path.join(SCHEMA, 'components', name);
    const sources = fs.readdirSync(folder).filter((file) => file.endsWith('.js')).map((file) => fs.readFileSync(path.join(folder, file), 'utf8')).join('\n');
    return events.filter((event) => !new RegExp(`['"\`]${event.name}['"\`]`).test(sources)).map((event) => `${name}: ${event.name}`);
  });
  assert.deepEqual(silent, []);
});
