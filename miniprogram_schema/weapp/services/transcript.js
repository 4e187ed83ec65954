/**
 * The messages of one talk, each once, in the order of the server's `seq`.
 *
 * Every answer starts right after the `after` it was asked for, so what is held never has a gap and
 * `after` is simply the highest seq held. Two answers that overlap (a poll and a send) merge into one.
 */
class Transcript {
  constructor() {
    this.messages = [];
    this.cids = new Set();
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
    const fresh = (messages || []).filter((message) => message.seq > this.after);
    fresh.sort((one, other) => one.seq - other.seq);
    const added = fresh.filter((message, index) => !index || message.seq !== fresh[index - 1].seq);
    added.forEach((message) => message.cid && this.cids.add(message.cid));
    this.messages = this.messages.concat(added);
    return added;
  }
}

module.exports = { Transcript };
