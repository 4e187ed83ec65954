/** How a story, an answer or a report ends, with the kind words that a teen reads where there are any. */
const { ENDS, PICKS, REASONS, WANTS_WORDS } = require('../shared/moderation_words.js');

const { LONGEST_ANSWER } = require('../shared/story_words.js');

const LONGEST_WORDS = 300;
const WITH_READERS = new Set(['publish', 'mask']);
const EMPTY = { end: '', words: '', reply: '', reason: 'none', fromFourteen: false, heavy: false };

/** What still stands in the way, in words; empty where it can be sent. */
function missing({ end, words }, count) {
  if (!end) return '先选怎么处理。';
  if (end === 'mask' && !count) return '先在左边的文字里点出要遮住的地方。';
  if (end === 'publish' && count) return '选了要遮住的地方：选“遮住后公开”，或把它们放出来。';
  if (WANTS_WORDS.has(end) && !words.trim()) return '写一句给 TA 的话。';
  return '';
}

Component({
  properties: {
    item: { type: Object, value: null },
    masks: { type: Array, value: [] },
    titleMasks: { type: Array, value: [] },
    error: { type: String, value: '' },
    /** The server found personal data in what readers would see. */
    unsure: { type: Boolean, value: false },
    busy: { type: Boolean, value: false },
  },
  data: {
    ...EMPTY, asksSure: false, ends: [], reasons: REASONS, picks: [], longest: LONGEST_WORDS, longestReply: LONGEST_ANSWER, wantsWords: false,
    mayReply: false, withReaders: false, hint: missing(EMPTY, 0),
  },
  observers: {
    item(item) {
      if (!item) return;
      const key = `${item.kind} ${item.id} ${item.version}`;
      if (key === this.key) return;
      this.key = key;
      this.setData({ ...EMPTY, ends: ENDS[item.kind] || ENDS.story });
      this.weigh();
    },
    /** Being sure is said of the end that was refused, and of no other. */
    unsure(unsure) {
      this.setData({ asksSure: unsure });
    },
    /** Whoever hides a part means to publish the rest; the choice can still be changed. */
    'masks, titleMasks': function follow(masks, titleMasks) {
      const { end } = this.data;
      const count = masks.length + titleMasks.length;
      if (count && (!end || end === 'publish')) this.setData({ end: 'mask', reason: 'personal' });
      if (!count && end === 'mask') this.setData({ end: '', reason: 'none' });
      this.weigh();
    },
  },
  methods: {
    weigh() {
      const { item, end, masks, titleMasks, words } = this.data;
      const wantsWords = WANTS_WORDS.has(end);
      this.setData({
        wantsWords,
        picks: PICKS[end] || [],
        mayReply: Boolean(item) && item.kind !== 'answer' && end === 'publish',
        withReaders: Boolean(item) && item.kind === 'story' && WITH_READERS.has(end),
        hint: missing({ end, words }, masks.length + titleMasks.length),
      });
    },
    onEnd(event) {
      this.setData({ end: event.currentTarget.dataset.code, asksSure: false });
      this.weigh();
    },
    onReason(event) {
      this.setData({ reason: event.currentTarget.dataset.code });
    },
    onWords(event) {
      this.setData({ words: event.detail.value });
      this.weigh();
    },
    onReply(event) {
      this.setData({ reply: event.detail.value });
    },
    onPick(event) {
      this.setData({ words: event.currentTarget.dataset.text });
      this.weigh();
    },
    onFourteen() {
      this.setData({ fromFourteen: !this.data.fromFourteen });
    },
    onHeavy() {
      this.setData({ heavy: !this.data.heavy });
    },
    onSubmit() {
      this.submit({});
    },
    onSure() {
      this.submit({ sure: true });
    },
    submit(more) {
      const { busy, hint, end, words, reason, fromFourteen, heavy, masks, titleMasks, wantsWords, mayReply, reply } = this.data;
      if (busy || hint) return;
      const wish = { end, reason, from_14: fromFourteen, heavy, ...more };
      if (end === 'mask') Object.assign(wish, { masks, title_masks: titleMasks });
      if (wantsWords) wish.words = words.trim();
      this.triggerEvent('decide', { wish, reply: mayReply ? reply.trim() : '' });
    },
    onPutBack() {
      this.triggerEvent('putback');
    },
  },
});
