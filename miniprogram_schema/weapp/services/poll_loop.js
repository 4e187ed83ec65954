/**
 * Asks again and again for what is new.
 *
 * The server holds a question for up to 25 s; when it answers at once although there was nothing
 * (a place where it may not hold), the loop pauses a little longer each time instead of hammering.
 * After a failure it backs off; `kick` drops the pause or the question under way and asks at once.
 * In the background (`rest`) the question under way may still be answered, but no other is asked, and
 * that the platform cuts it off is no trouble worth telling; `wake` asks at once.
 */
const { backOff } = require('./clock.js');

const HELD = 2000;
const IDLE_PAUSES = [1000, 1500, 2500, 4000, 6000, 6000, 6000, 8000, 10000, 12000];

class PollLoop {
  /**
   * @param {object} parts
   * @param {(onTask: (task: any) => void) => Promise<{fresh?: boolean, more?: boolean, done?: boolean}>} parts.poll
   *   one question; is handed a function that takes the request task, so that it can be aborted
   * @param {object} parts.clock
   * @param {(problem: any) => void} parts.onState told null after success, the error after a failure
   */
  constructor({ poll, clock, onState }) {
    Object.assign(this, { poll, clock, onState });
    this.running = false;
    this.resting = false;
    this.asking = false;
    this.turnNumber = 0;
    this.failures = 0;
    this.idle = 0;
    this.timer = null;
    this.task = null;
  }

  start() {
    if (this.running) return;
    this.resting = false;
    this.running = true;
    this.turn();
  }

  stop() {
    this.running = false;
    this.drop();
  }

  /** In the background: what is asked may be answered, nothing more is asked. */
  rest() {
    this.resting = true;
    if (!this.asking) this.stop();
  }

  /** On screen again: asks at once, whatever was under way. */
  wake() {
    this.resting = false;
    if (this.running) this.kick();
    else this.start();
  }

  kick() {
    if (!this.running || this.resting) return;
    this.drop();
    this.idle = 0;
    this.turn();
  }

  /** Someone wrote: an answer may come soon, so the long pauses begin anew. */
  hasten() {
    this.idle = 0;
    if (!this.asking) this.kick();
  }

  /** Forgets the question under way: its answer, if it still comes, is ignored. */
  drop() {
    this.turnNumber += 1;
    this.asking = false;
    this.clock.cancel(this.timer);
    const { task } = this;
    this.task = null;
    if (task) task.abort();
  }

  async turn() {
    this.turnNumber += 1;
    this.asking = true;
    const mine = this.turnNumber;
    const began = this.clock.now();
    let pause;
    try {
      const answer = await this.poll((task) => {
        if (mine === this.turnNumber) this.task = task;
        else task.abort();
      });
      if (mine !== this.turnNumber) return;
      this.failures = 0;
      this.onState(null);
      pause = this.pauseAfter(answer, this.clock.now() - began);
      if (answer.done) this.running = false;
    } catch (error) {
      if (mine !== this.turnNumber) return;
      pause = this.pauseAfterFailure(error);
    }
    if (mine !== this.turnNumber) return;
    this.task = null;
    this.asking = false;
    if (this.resting) this.running = false;
    if (this.running) this.timer = this.clock.later(() => this.turn(), pause);
  }

  pauseAfter({ fresh, more }, took) {
    if (fresh || more || took >= HELD) {
      this.idle = 0;
      return 0;
    }
    this.idle += 1;
    return IDLE_PAUSES[Math.min(this.idle, IDLE_PAUSES.length) - 1];
  }

  pauseAfterFailure(error) {
    if (this.resting) return 0;
    this.failures += 1;
    this.onState(error);
    return Math.max(error.retryAfter || 0, backOff(this.failures));
  }
}

module.exports = { PollLoop };
