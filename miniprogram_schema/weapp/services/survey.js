/**
 * When the two questions are asked: before, while someone waits for a person; after, once the talk
 * has closed. Once each for a talk, never again where it was answered or skipped, and never of
 * someone who may be in danger just now: a person and the safety card come first.
 */
const ASKED = 'survey.asked';
/** Talks of which this device remembers what it asked; a talk is asked about on the day it ends. */
const KEPT = 20;

class Survey {
  /** @param {any} store */
  constructor(store) {
    this.store = store;
  }

  /** @returns {''|'before'|'after'} which questions are due */
  due(conversation) {
    if (!conversation) return '';
    const when = momentOf(conversation);
    return when && !this.isAsked(conversation, when) ? when : '';
  }

  isAsked({ id, surveyed }, when) {
    if ((surveyed || []).includes(when)) return true;
    return this.asked.includes(`${id} ${when}`);
  }

  /** Answered or skipped: either way it is not asked again. */
  settle({ id }, when) {
    this.store.set(ASKED, [...this.asked, `${id} ${when}`].slice(-KEPT));
  }

  get asked() {
    return this.store.get(ASKED) || [];
  }
}

function momentOf({ state, speaker, waiting, safety }) {
  if (state === 'closed') return 'after';
  return waiting && speaker === 'ai' && !safety ? 'before' : '';
}

module.exports = { Survey };
