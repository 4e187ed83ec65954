/**
 * Tells the server what waits in the errands while no talk is on screen to do it: at once, then again
 * with growing pauses until nothing is left.
 */
const { backOff } = require('./clock.js');

const nothing = () => {};

class ErrandRunner {
  /** @param {{errands: any, clock: any}} parts */
  constructor({ errands, clock }) {
    Object.assign(this, { errands, clock });
    this.failures = 0;
    this.busy = false;
    this.timer = null;
  }

  /** Keeps a word and tells it; a later word with the same key replaces it. */
  say(key, action, body) {
    this.errands.add(key, action, body);
    this.hurry();
  }

  has(key) {
    return this.errands.has(key);
  }

  /** Tries now instead of after the pause. */
  hurry() {
    this.failures = 0;
    this.go();
  }

  async go() {
    if (this.busy) return;
    this.busy = true;
    this.clock.cancel(this.timer);
    try {
      while (this.errands.waiting.length) await this.errands.run(nothing, nothing);
      this.failures = 0;
    } catch (error) {
      this.failures += 1;
      const pause = Math.max(error.retryAfter || 0, backOff(this.failures));
      this.timer = this.clock.later(() => this.go(), pause);
    }
    this.busy = false;
  }
}

module.exports = { ErrandRunner };
