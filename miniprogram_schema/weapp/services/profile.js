/** What the teen said about themselves and about the use of their words; kept until it was heard. */
const { forgetStories } = require('./stories.js');
const { Watched } = require('./watched.js');

const CONSENT = 'consent.training';
const BAND = 'account.age';

class Profile extends Watched {
  /** @param {{call: any, store: any, runner: any}} parts */
  constructor({ call, store, runner }) {
    super();
    Object.assign(this, { call, store, runner });
    runner.errands.watchers.add(() => this.changed());
  }

  /** '' | under_14 | from_14; nothing said counts as under 14. */
  get band() {
    return this.store.get(BAND) || '';
  }

  setBand(band) {
    this.store.set(BAND, band);
    this.runner.say(BAND, 'account.age', { band });
  }

  get consents() {
    return Boolean(this.store.get(CONSENT));
  }

  get consentWaits() {
    return this.runner.has(CONSENT);
  }

  setConsent(training) {
    this.store.set(CONSENT, training);
    this.runner.say(CONSENT, 'account.consent', { training });
  }

  /**
   * Every story, answer and hug of this teen goes, and what was being written here.
   *
   * @returns {Promise<number>} @throws an ApiError
   */
  async eraseStories() {
    const { erased } = await this.call('story.erase_all', {});
    forgetStories(this.store);
    return erased;
  }
}

module.exports = { Profile };
