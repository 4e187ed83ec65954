/**
 * At a glance for whoever leads: how many wait and for how long, what is gravest, who is here. Words
 * first and a calm scale second. What it shows comes from the page's queries; `refresh` seconds apart
 * it asks the page to read them anew.
 */
const { answerClock } = require('../shared/clocks.js');
const { ROLES, TIERS, levelWord, wordOf } = require('../shared/labels.js');
const { since } = require('../shared/time.js');

const SHOWN = 6;
const SHORTEST = 5;
const DAY = 24 * 60 * 60000;

/** Hours without end say no more than that it is far too long. */
const waitedSince = (at, now) => (now - at > DAY ? '一天以上' : since(at, now));

function headRow(head, now) {
  const waited = head.waiting_since ? waitedSince(head.waiting_since, now) : '';
  const answer = answerClock(head.answer_due, now);
  return {
    id: head.id,
    level: head.level,
    word: levelWord(head.level),
    tier: wordOf(TIERS, head.tier),
    waited: waited ? `等了 ${waited}` : '刚到',
    answer: answer.text,
    isLate: answer.isLate,
  };
}

const personRow = ({ id, name, role, load }) => ({
  id, name, role: wordOf(ROLES, role), load: load ? `手上 ${load}` : '空着',
});

/** @returns {object} what is drawn of a queue and those who are here */
function boardOf(queue, people, now) {
  const { heads = [], listener = 0, counsellor = 0 } = queue || {};
  const waiting = heads.filter((head) => head.waiting_since);
  const longest = Math.min(...waiting.map((head) => head.waiting_since), now);
  return {
    listener,
    counsellor,
    longest: waiting.length ? waitedSince(longest, now) || '不到 1 分钟' : '',
    grave: heads.filter((head) => head.level >= 2).length,
    rows: heads.slice(0, SHOWN).map((head) => headRow(head, now)),
    more: Math.max(heads.length - SHOWN, 0),
    present: (Array.isArray(people) ? people : []).map(personRow),
  };
}

Component({
  properties: {
    queue: { type: Object, value: null },
    people: { type: Array, value: [] },
    state: { type: String, value: 'ready' },
    refresh: { type: Number, value: 15 },
  },
  data: { board: /** @type {any} */ (boardOf(null, [], 0)), face: 'loading' },
  observers: {
    'queue, people, state': function arrange() {
      this.show();
    },
    refresh() {
      this.beat();
    },
  },
  lifetimes: {
    attached() {
      this.isHere = true;
      this.beat();
    },
    detached() {
      this.isHere = false;
      clearInterval(this.timer);
    },
  },
  pageLifetimes: {
    show() {
      this.isHere = true;
      this.beat();
    },
    hide() {
      this.isHere = false;
      clearInterval(this.timer);
    },
  },
  methods: {
    show() {
      const { queue, people, state } = this.data;
      const held = { loading: 'loading', idle: 'loading', failed: 'failed' };
      this.setData({
        board: boardOf(queue, people, Date.now()),
        face: queue ? 'board' : held[state] || 'loading',
      });
    },

    beat() {
      clearInterval(this.timer);
      const { refresh } = this.data;
      if (!this.isHere || !(refresh > 0)) return;
      this.timer = setInterval(() => this.onAgain(), Math.max(refresh, SHORTEST) * 1000);
    },

    onAgain() {
      this.show();
      this.triggerEvent('again', {});
    },
  },
});
