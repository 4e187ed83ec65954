/** Asking for a yes to one message: in WeChat alone, and whatever WeChat answers. */
const assert = require('node:assert/strict');
const { test } = require('node:test');
const { Notices } = require('../services/notices.js');

const wxThat = (answer) => ({ requestSubscribeMessage: answer });

test('nobody is asked where there is no WeChat', () => {
  assert.equal(new Notices({}).can, false);
  assert.equal(new Notices(wxThat(() => {})).can, true);
});

test('a yes is a yes, and everything else a no', async () => {
  const said = (answers) => new Notices(wxThat(({ success }) => success(answers))).ask('t');
  assert.equal(await said({ t: 'accept' }), true);
  for (const word of ['reject', 'ban', 'filter', undefined]) assert.equal(await said({ t: word }), false);
  assert.equal(await new Notices(wxThat(({ fail }) => fail({ errCode: 20004 }))).ask('t'), false);
});
