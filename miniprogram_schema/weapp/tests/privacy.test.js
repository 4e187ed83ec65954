/** WeChat's privacy authorisation: asked where somebody can answer, and a no never hangs anything. */
const assert = require('node:assert/strict');
const { test } = require('node:test');
const { Privacy } = require('../services/privacy.js');

function open() {
  const wx = {
    opened: 0,
    onNeedPrivacyAuthorization(ask) { wx.ask = ask; },
    openPrivacyContract() { wx.opened += 1; },
  };
  const privacy = new Privacy(wx);
  const answers = [];
  const need = () => wx.ask((answer) => answers.push(answer));
  return { wx, privacy, answers, need };
}

test('without WeChat around nothing is asked', () => {
  const privacy = new Privacy({});
  assert.equal(privacy.asks, false);
});

test('a call that nobody on screen can answer is refused at once, so that it does not hang', () => {
  const { privacy, answers, need } = open();
  need();
  assert.deepEqual(answers, [{ event: 'disagree' }]);
  assert.equal(privacy.asks, false);
});

test('a yes names the button, and answers every call that waited', () => {
  const { privacy, answers, need } = open();
  let seen = 0;
  privacy.watch(() => { seen += 1; });
  need();
  need();
  assert.equal(privacy.asks, true);
  assert.ok(seen >= 2);
  privacy.agree('privacy-agree');
  const agreed = answers.filter(({ event }) => event === 'agree');
  assert.deepEqual(agreed, [1, 2].map(() => ({ event: 'agree', buttonId: 'privacy-agree' })));
  assert.equal(answers.filter(({ event }) => event === 'exposureAuthorization').length, 2);
  assert.equal(privacy.asks, false);
});

test('a no is a no, and the next call may be asked again', () => {
  const { privacy, answers, need } = open();
  privacy.watch(() => {});
  need();
  privacy.refuse();
  assert.deepEqual(answers.map(({ event }) => event), ['exposureAuthorization', 'disagree']);
  need();
  assert.equal(privacy.asks, true);
});

test('the guide that is shown is the one in WeChat', () => {
  const { wx, privacy } = open();
  privacy.openGuide();
  assert.equal(wx.opened, 1);
});
