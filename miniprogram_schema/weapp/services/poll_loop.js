/**
 * Asks again and again for what is new.
 *
 * The server holds a question for up to 25 s; when it answers at once although there was nothing
 * (a place where it may not hold), the loop pauses a little longer each time instead of hammering.
 * After a failure it backs off; `kick` drops the pause or the question under way and asks at once.
 */
const { backOff } = require('./clock.js');

const HELD = 2000;
const IDLE_PAUSES = [1000, 1500, 2500, 4000, 6000];

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
    this.turnNumber = 0;
    this.failures = 0;
    this.idle = 0;
    this.timer = null;
    this.task = null;
  }

  start() {
    if (this.running) return;
    this.running = true;
    this.turn();
  }

  stop() {
    this.running = false;
    this.drop();
  }

  kick() {
    if (!this.running) return;
    this.drop();
    this.idle = 0;
    this.turn();
  }

  /** Forgets the question under way: its answer, if it still comes, is ignored. */
  drop() {
    this.turnNumber += 1;
    this.clock.cancel(this.timer);
    const { task } = this;
    this.task = null;
    if (task) task.abort();
  }

  async turn() {
    this.turnNumber += 1;
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
      this.failures += 1;
      this.onState(error);
      pause = Math.max(error.retryAfter || 0, backOff(this.failures));
    }
    this.task = null;
    if (this.running && mine === this.turnNumber) {
      this.timer = this.clock.later(() => this.turn(), pause);
    }
  }

  pauseAfter({ fresh, more }, took) {
    if (fresh || more || took >= HELD) {
      this.idle = 0;
      return 0;
    }
    this.idle += 1;
    return IDLE_PAUSES[Math.min(this.idle, IDLE_PAUSES.length) - 1];
  }
}

module.exports = { PollLoop };
