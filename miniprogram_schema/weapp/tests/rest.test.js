/** The calm word to rest: at night once, by the hour, never in danger, and never when turned off. */
const assert = require('node:assert/strict');
const { test } = require('node:test');
const { Rest } = require('../services/rest.js');
const { FakeClock, fakeStore } = require('./fakes.js');

const MINUTE = 60000;
const HOUR = 60 * MINUTE;
const at = (hour, day = 20) => new Date(2026, 10, day, hour, 30).getTime();

function open(time, store = fakeStore()) {
  const clock = new FakeClock();
  clock.time = time;
  const rest = new Rest({ store, clock });
  return { rest, clock, store };
}

test('by day nothing is said for an hour, then once by the hour', async () => {
  const { rest, clock } = open(at(10));
  let told = 0;
  rest.watch(() => { told += 1; });
  rest.show();
  await clock.pass(59 * MINUTE);
  assert.equal(rest.due, '');
  await clock.pass(MINUTE);
  assert.equal(rest.due, 'long');
  assert.ok(told >= 60, 'whoever shows it hears of it by the minute');
  assert.ok(rest.words);
  rest.read();
  assert.equal(rest.due, '');
  await clock.pass(HOUR);
  assert.equal(rest.due, 'long');
});

test('a pause of ten minutes begins the hour anew, a shorter one does not', async () => {
  for (const [pause, due] of [[9, 'long'], [10, '']]) {
    const { rest, clock } = open(at(10));
    rest.show();
    await clock.pass(55 * MINUTE);
    rest.hide();
    await clock.pass(pause * MINUTE);
    rest.show();
    assert.equal(rest.due, due);
  }
});

test('at night it is said once, also after midnight and in a new start', async () => {
  const { rest, clock, store } = open(at(22));
  assert.equal(rest.due, 'night');
  rest.read();
  assert.equal(rest.due, '');
  clock.time = at(1, 21);
  rest.since = clock.time;
  assert.equal(rest.due, '');
  assert.equal(open(at(5, 21), store).rest.due, '');
  assert.equal(open(at(7, 21), store).rest.due, '');
  assert.equal(open(at(23, 21), store).rest.due, 'night');
});

test('the hours of the night are 22 to 6', () => {
  const said = [5, 6, 12, 21, 22, 0].map((hour) => open(at(hour)).rest.due);
  assert.deepEqual(said, ['night', '', '', '', 'night', 'night']);
});

test('whoever is in danger is not told to rest', () => {
  const { rest } = open(at(23));
  rest.hush(true);
  assert.equal(rest.due, '');
  assert.equal(rest.words, '');
  rest.hush(false);
  assert.equal(rest.due, 'night');
});

test('turned off it stays off on this device, and can be turned on again', () => {
  const { rest, store } = open(at(23));
  assert.equal(rest.on, true);
  rest.setOn(false);
  assert.equal(rest.due, '');
  assert.equal(open(at(23), store).rest.on, false);
  rest.setOn(true);
  assert.equal(rest.due, 'night');
});
