/** The one place that knows real time; tests hand in a clock of their own. Times are in ms. */
const systemClock = {
  now: () => Date.now(),
  later: (run, delay) => setTimeout(run, delay),
  cancel: (timer) => clearTimeout(timer),
};

const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 20000;

/**
 * Pause before the next try: 1, 2, 4 … 20 s, spread by ± 20 % so that thousands of phones that lost
 * the same server do not come back in the same second.
 *
 * @param {number} failures how often it failed in a row (1 or more)
 * @returns {number} ms
 */
function backOff(failures) {
  const pause = Math.min(FIRST_PAUSE * 2 ** (failures - 1), LONGEST_PAUSE);
  return Math.round(pause * (0.8 + 0.4 * Math.random()));
}

module.exports = { systemClock, backOff };
