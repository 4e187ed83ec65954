/**
 * What can be undone. A page never changes in place, so a step is the page before it and its name.
 * Typing in one field within a second is one step: nobody wants to undo a sentence by letters.
 */
export const STEPS = 300;
const TOGETHER_MS = 1000;

export class History {
  constructor(page, now = Date.now) {
    this.now = now;
    this.start(page);
  }

  start(page) {
    this.page = page;
    this.past = [];
    this.future = [];
    this.together = { key: '', at: 0 };
  }

  /** Take a step. `key` names the field that is typed in, if one is. Returns whether a step was taken. */
  push(page, label, key = '') {
    if (page === this.page) return false;
    const at = this.now();
    const goesOn = key && key === this.together.key && at - this.together.at < TOGETHER_MS;
    if (!goesOn) this.past = [...this.past, { page: this.page, label }].slice(-STEPS);
    this.together = { key, at };
    this.page = page;
    this.future = [];
    return true;
  }

  /** Undo one step; returns its name, or '' if there is none. */
  undo() {
    return this.step('past', 'future');
  }

  redo() {
    return this.step('future', 'past');
  }

  step(from, to) {
    const last = this[from].at(-1);
    if (!last) return '';
    this[from] = this[from].slice(0, -1);
    this[to] = [...this[to], { page: this.page, label: last.label }];
    this.page = last.page;
    this.together = { key: '', at: 0 };
    return last.label;
  }
}
