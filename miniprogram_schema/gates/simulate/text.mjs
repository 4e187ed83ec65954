// Prints what a person reads of a page in WeChat's classic framework, as a JSON list, to be compared with
// what a browser shows of it. Usage: node gates/simulate/text.mjs PAGE.json [QUERIES.json]
// QUERIES.json holds what the page's queries give: {name: {state, data, error}}.

import fs from 'node:fs';
import { openWorld } from './world.mjs';

const [pageFile, queriesFile] = process.argv.slice(2);
const read = (file) => JSON.parse(fs.readFileSync(file, 'utf8'));
const world = await openWorld();
const drawn = await world.render(read(pageFile), { queries: queriesFile ? read(queriesFile) : {} });
console.log(JSON.stringify(drawn.text()));
drawn.complaints.forEach((complaint) => console.error(complaint));
world.end();
process.exit(drawn.complaints.length ? 1 : 0);
