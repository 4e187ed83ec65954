/** Something that several blocks show: each is told when it changes, until it stops watching. */
class Watched {
  constructor() {
    /** @type {Set<() => void>} */
    this.watchers = new Set();
  }

  /** @param {() => void} told @returns {() => void} stops watching */
  watch(told) {
    this.watchers.add(told);
    return () => this.watchers.delete(told);
  }

  changed() {
    this.watchers.forEach((tell) => tell());
  }
}

module.exports = { Watched };
