/**
 * The minors' mode of this device: a calm word late at night and after an hour without a pause. It never
 * closes anything, never comes while somebody is in danger (`hush`), and can be turned off. What under-14s
 * may read is the server's to choose; no word of age counts as under 14.
 */
const { Watched } = require('./watched.js');

const MINUTE = 60000;
const HOUR = 60 * MINUTE;
/** So long in the background is a pause. */
const PAUSE = 10 * MINUTE;
const NIGHT_FROM = 22;
const NIGHT_UNTIL = 6;
const OFF = 'rest.off';
const NIGHT = 'rest.night';

const WORDS = {
  night: '夜深了。想说就说，这里一直有人听；困了就先睡，明天也在。',
  long: '来了有一个小时了。喝口水，看看远处，想接着聊就接着聊。',
};

/** The evening to which a time of the night belongs, '' by day. */
function nightOf(now) {
  const date = new Date(now);
  const hour = date.getHours();
  if (hour < NIGHT_FROM && hour >= NIGHT_UNTIL) return '';
  const evening = hour >= NIGHT_FROM ? date : new Date(now - NIGHT_UNTIL * HOUR);
  return `${evening.getFullYear()}-${evening.getMonth() + 1}-${evening.getDate()}`;
}

class Rest extends Watched {
  /** @param {{store: any, clock: any}} parts */
  constructor({ store, clock }) {
    super();
    Object.assign(this, { store, clock });
    this.since = clock.now();
    this.leftAt = 0;
    this.hushed = false;
    this.timer = null;
  }

  get on() {
    return !this.store.get(OFF);
  }

  setOn(on) {
    if (on) this.store.remove(OFF);
    else this.store.set(OFF, true);
    this.changed();
  }

  /** @returns {'' | 'night' | 'long'} what is to be said now */
  get due() {
    if (!this.on || this.hushed) return '';
    const now = this.clock.now();
    const night = nightOf(now);
    if (night && this.store.get(NIGHT) !== night) return 'night';
    return now - this.since >= HOUR ? 'long' : '';
  }

  get words() {
    return WORDS[this.due] || '';
  }

  /** Read; at night it is said once, and after that by the hour. */
  read() {
    const now = this.clock.now();
    const night = nightOf(now);
    if (night) this.store.set(NIGHT, night);
    this.since = now;
    this.changed();
  }

  /** Whoever is in danger is not told to rest. */
  hush(hushed) {
    if (this.hushed === hushed) return;
    this.hushed = hushed;
    this.changed();
  }

  hide() {
    this.leftAt = this.clock.now();
    this.clock.cancel(this.timer);
  }

  show() {
    const now = this.clock.now();
    if (this.leftAt && now - this.leftAt >= PAUSE) this.since = now;
    this.leftAt = 0;
    this.tick();
  }

  /** Time passes while nothing else happens. */
  tick() {
    this.clock.cancel(this.timer);
    this.changed();
    this.timer = this.clock.later(() => this.tick(), MINUTE);
  }
}

module.exports = { Rest, WORDS };
