/** The whole staff, as those who lead read and change it. */
const assert = require('node:assert/strict');
const { test } = require('node:test');
const { StaffBook } = require('../services/staff_book.js');
const { fault } = require('./fakes.js');

const member = (id, more) => ({ id, name: `名${id}`, role: 'listener', by: 'wechat', second_factor: false, joined_at: 1, ...more });

/** Two a page; each answer waits until it is let go. */
function bookOf(members, role = 'supervisor') {
  const calls = [];
  const server = { members, refuses: false, held: null };
  const answer = {
    'account.staff': ({ sought, after }) => {
      const found = server.members.filter((one) => one.name.includes(sought) && one.id > after);
      return { members: found.slice(0, 2), more: found.length > 2 };
    },
    'desk.dismiss': ({ member: id }) => {
      server.members = server.members.filter((one) => one.id !== id);
      return { member: id };
    },
    'account.reset_second_factor': ({ member: id }) => member(id, { second_factor: false }),
  };
  const call = async (action, body) => {
    calls.push([action, body]);
    const told = answer[action](body);
    if (server.held) await new Promise((resolve) => { server.held.push(resolve); });
    if (server.refuses) throw fault('conflict');
    return told;
  };
  let changes = 0;
  const session = { who: () => (role ? { role, id: 'a' } : null) };
  const book = new StaffBook({ call, session, onChange: () => { changes += 1; } });
  return { book, server, calls, changes: () => changes };
}

const ids = (book) => book.members.map((one) => one.id);

test('it is open to those who lead and to nobody else', () => {
  const open = (role) => bookOf([], role).book.isOpen;
  assert.deepEqual(['coordinator', 'supervisor', 'counsellor', 'listener', ''].map(open), [true, true, false, false, false]);
});

test('it is read page by page, and anew from the first for another name', async () => {
  const { book } = bookOf(['a', 'b', 'c', 'd', 'e'].map((id) => member(id)));
  await book.read('');
  assert.deepEqual([ids(book), book.more], [['a', 'b'], true]);
  await book.readMore();
  await book.readMore();
  assert.deepEqual([ids(book), book.more], [['a', 'b', 'c', 'd', 'e'], false]);
  await book.read('名d');
  assert.deepEqual(ids(book), ['d']);
});

test('an answer that a later question overtook does not take the screen', async () => {
  const { book, server } = bookOf([member('a'), member('b')]);
  server.held = [];
  const first = book.read('名a');
  const second = book.read('名b');
  const [letFirst, letSecond] = server.held;
  letSecond();
  await second;
  letFirst();
  await first;
  assert.deepEqual(ids(book), ['b']);
});

test('who is dismissed leaves the list, and who could not be stays', async () => {
  const { book, server, changes } = bookOf([member('a'), member('b')]);
  await book.read('');
  server.refuses = true;
  await assert.rejects(book.dismiss('b'), { code: 'conflict' });
  assert.deepEqual(ids(book), ['a', 'b']);
  server.refuses = false;
  const before = changes();
  await book.dismiss('b');
  assert.deepEqual(ids(book), ['a']);
  assert.equal(changes(), before + 1);
});

test('a factor that was reset is shown as one that is not set up', async () => {
  const { book } = bookOf([member('a'), member('b', { second_factor: true })]);
  await book.read('');
  await book.resetFactor('b');
  assert.deepEqual(book.members.map((one) => one.second_factor), [false, false]);
});
