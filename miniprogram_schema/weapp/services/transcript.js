/**
 * The messages of one talk, each once, in the order of the server's `seq`.
 *
 * What is held is one run without a gap, so `after` is simply the highest seq held and `first` the
 * lowest. Answers that overlap (a poll and a send) or that stand just before the run (an older page)
 * join it. A newer run that does not join replaces what is held: the pages between can be read again.
 */
class Transcript {
  constructor() {
    this.messages = [];
    this.cids = new Set();
  }

  /** The lowest seq held, 0 where nothing is; above 1 there is more to read further up. */
  get first() {
    return this.messages.length ? this.messages[0].seq : 0;
  }

  get after() {
    const last = this.messages[this.messages.length - 1];
    return last ? last.seq : 0;
  }

  has(cid) {
    return this.cids.has(cid);
  }

  /** @returns {object[]} the messages that were not held before */
  merge(messages) {
    const run = inOrder(messages || []);
    if (!run.length) return [];
    const { first, after } = this;
    if (after && run[run.length - 1].seq < first - 1) return [];
    if (after && run[0].seq > after + 1) this.messages = [];
    const isNew = ({ seq }) => !this.messages.length || seq < first || seq > after;
    const added = run.filter(isNew);
    added.forEach((message) => message.cid && this.cids.add(message.cid));
    const above = added.filter(({ seq }) => seq < first);
    const below = added.filter(({ seq }) => seq >= first);
    this.messages = [...above, ...this.messages, ...below];
    return added;
  }
}

function inOrder(messages) {
  const sorted = [...messages].sort((one, other) => one.seq - other.seq);
  return sorted.filter((message, index) => !index || message.seq !== sorted[index - 1].seq);
}

module.exports = { Transcript };
