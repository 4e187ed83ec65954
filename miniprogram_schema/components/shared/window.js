/**
 * Which part of a long talk is drawn. A phone can hold ten thousand messages but not draw them, so at
 * most `MOST` are on the page; reading up or down moves the part by a page.
 *
 * `end` is the seq of the last message drawn, or 0 while the part follows the newest.
 */
const PAGE = 60;
const STEP = 40;
const MOST = 140;

class MessageWindow {
  constructor() {
    this.toNewest();
  }

  toNewest() {
    this.size = PAGE;
    this.end = 0;
    this.newest = 0;
  }

  /** What is new makes the part longer at first, so that nothing moves under who reads above. */
  grow(messages) {
    const newest = messages.length ? messages[messages.length - 1].seq : 0;
    const fresh = this.newest && this.follows ? Math.max(0, newest - this.newest) : 0;
    this.newest = newest;
    this.size = Math.min(MOST, this.size + fresh);
  }

  get follows() {
    return this.end === 0;
  }

  /** @returns {{from: number, to: number}} indexes of the part, half open */
  of(messages) {
    const to = this.follows ? messages.length : indexAfter(messages, this.end);
    return { from: Math.max(0, to - this.size), to };
  }

  hasAbove(messages) {
    return this.of(messages).from > 0;
  }

  /** One page up: grows first, then leaves messages out below. */
  up(messages) {
    const { from, to } = this.of(messages);
    const step = Math.min(STEP, from);
    this.size = to - from + step;
    if (this.size <= MOST) return;
    this.end = messages[to - 1 - (this.size - MOST)].seq;
    this.size = MOST;
  }

  /** One page down, up to the newest, which it then follows. */
  down(messages) {
    const { to } = this.of(messages);
    const next = to + STEP;
    if (next >= messages.length) this.end = 0;
    else this.end = messages[next - 1].seq;
    this.size = Math.min(MOST, this.size + STEP);
  }
}

/** Binary search: the index after the message with `seq`. */
function indexAfter(messages, seq) {
  let [low, high] = [0, messages.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (messages[middle].seq <= seq) low = middle + 1;
    else high = middle;
  }
  return low;
}

module.exports = { MOST, MessageWindow };
