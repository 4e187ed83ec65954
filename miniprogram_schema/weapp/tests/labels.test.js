/** What an AI said is labelled wherever it is read, and the reminder of it is shown. */
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');

const COMPONENTS = path.join(__dirname, '..', '..', 'components');
const { itemsOf } = require(path.join(COMPONENTS, 'shared', 'view.js'));
const bubble = fs.readFileSync(path.join(COMPONENTS, 'message-bubble', 'index.wxml'), 'utf8');

const said = (more) => ({ seq: 1, cid: 'a', from: 'ai', kind: 'text', text: '我在', at: 1000, ...more });
const shown = (message, viewer) => itemsOf([message], [], { viewer, now: 2000 })[0];

test('every message of the AI bears its label, with a card, an exercise, and in the history', () => {
  for (const more of [{}, { exercise: 'breath' }, { kind: 'safety_card' }, { seq: 700 }]) {
    for (const viewer of ['teen', 'staff']) assert.equal(shown(said(more), viewer).ai, true);
  }
  for (const from of ['teen', 'listener', 'counsellor', 'system']) {
    assert.equal(shown(said({ from }), 'teen').ai, false);
  }
});

test('wherever a bubble shows words of somebody it shows the label', () => {
  const branches = bubble.split(/<view wx:(?:if|elif|else)/).filter((one) => one.includes('message-meta'));
  assert.equal(branches.length, 2, 'a card, and words');
  branches.forEach((branch) => assert.match(branch, /wx:if="{{item\.ai}}" class="ai-label">AI</));
});

test('the reminder that this is an AI stands in the talk as a line of the service', () => {
  const reminder = said({ from: 'system', kind: 'notice', text: '我们聊了两个小时了，提醒一下：我是 AI。' });
  const item = shown(reminder, 'teen');
  assert.deepEqual([item.side, item.text], ['notice', reminder.text]);
});
