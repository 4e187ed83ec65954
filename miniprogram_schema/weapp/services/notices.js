/**
 * Asking in WeChat for a yes to one message, which WeChat allows in the answer to a tap alone. Where
 * there is no WeChat around us (a browser, an old client) nobody is asked.
 */
class Notices {
  /** @param {any} wx the mini-program interface */
  constructor(wx) {
    this.wx = wx;
  }

  get can() {
    return typeof this.wx.requestSubscribeMessage === 'function';
  }

  /** @returns {Promise<boolean>} whether the person said yes; a fault of WeChat's is a no */
  ask(template) {
    return new Promise((resolve) => {
      this.wx.requestSubscribeMessage({
        tmplIds: [template],
        success: (answers) => resolve(answers[template] === 'accept'),
        fail: () => resolve(false),
      });
    });
  }
}

module.exports = { Notices };
