/**
 * WeChat's privacy authorisation: before a photo or a place may be picked for the first time, WeChat has
 * the mini-program ask, and holds the call until there is an answer.
 *
 * Whoever asks waits here for a sheet that is on screen (`PrivacySheet`). Where there is none the answer
 * is no, so that no call hangs: nothing of a talk needs any of these calls.
 */
const { Watched } = require('./watched.js');

class Privacy extends Watched {
  /** @param {any} wx the mini-program interface */
  constructor(wx) {
    super();
    this.wx = wx;
    /** @type {((answer: object) => void)[]} calls that wait for one answer */
    this.waiting = [];
    if (wx.onNeedPrivacyAuthorization) wx.onNeedPrivacyAuthorization((resolve) => this.ask(resolve));
  }

  get asks() {
    return this.waiting.length > 0;
  }

  ask(resolve) {
    if (!this.watchers.size) {
      resolve({ event: 'disagree' });
      return;
    }
    this.waiting.push(resolve);
    // WeChat counts that the question was seen.
    resolve({ event: 'exposureAuthorization' });
    this.changed();
  }

  /** @param {string} buttonId of the button by which the person agreed, which WeChat checks */
  agree(buttonId) {
    this.answer({ event: 'agree', buttonId });
  }

  refuse() {
    this.answer({ event: 'disagree' });
  }

  answer(answer) {
    const waiting = this.waiting.splice(0);
    waiting.forEach((resolve) => resolve(answer));
    this.changed();
  }

  /** Opens the guide that the owner wrote in WeChat's console. */
  openGuide() {
    this.wx.openPrivacyContract({ fail: () => {} });
  }
}

module.exports = { Privacy };
