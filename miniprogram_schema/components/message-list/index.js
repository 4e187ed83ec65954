/**
 * The messages of a talk. Keeps to the end while the reader is at the end, says so when something new
 * came while they were reading above, and keeps their place when a page is added or left out. A
 * safety card is shown from its head.
 *
 * Either `items` is the whole talk, of which the newest page is drawn and more on request; or it is
 * `paged`: one part of a long talk, whose pages come from outside (`older`, `newer`, `newest`).
 */
const PAGE = 60;
/** The reader counts as 'at the end' within this many px of it. */
const AT_END = { top: 0, right: 0, bottom: 120, left: 0 };
/** How long going to the end may take on a slow phone. */
const ARRIVING_MS = 600;

Component({
  properties: {
    items: { type: Array, value: [] },
    canAsk: { type: Boolean, value: false },
    /** Begins at the top, where the welcome stands, instead of at the newest message. */
    fromTop: { type: Boolean, value: false },
    label: { type: String, value: '聊天内容' },
    paged: { type: Boolean, value: false },
    /** Which talk this is; without it another talk is told by messages that are all others. */
    talk: { type: String, value: '' },
    hasOlder: { type: Boolean, value: false },
    hasNewer: { type: Boolean, value: false },
    /** How reading above stands: '' | loading | failed. */
    older: { type: String, value: '' },
    /** The newest message of all, where `items` may end before it. */
    latest: { type: Object, value: null },
    /** What else stands on the page: where that changes, who is at the end stays there. */
    layout: { type: String, value: '' },
  },
  data: { shown: [], above: 0, anchor: '', scrollTop: 0, unseen: false, announcement: '' },
  observers: {
    'items, talk': function renew(items, talk) {
      if (this.isOther(items, talk)) this.forget(items, talk);
      this.show();
    },
    layout() {
      if (this.atEnd && this.lastKey && !this.data.fromTop) wx.nextTick(() => this.toEnd());
    },
    /** The end of the part became the end of the talk, and the reader is there already. */
    hasNewer(hasNewer) {
      if (this.hadNewer && !hasNewer && this.endSeen) this.onReachEnd();
      this.hadNewer = hasNewer;
    },
  },
  lifetimes: {
    created() {
      this.forget([], '');
    },
    attached() {
      wx.nextTick(() => this.watchEnd());
    },
    detached() {
      if (this.watcher) this.watcher.disconnect();
      clearTimeout(this.arriving);
    },
  },
  methods: {
    isOther(items, talk) {
      if (talk || this.talkId) return talk !== this.talkId;
      return !items.some((item) => item.key === this.firstKey);
    },

    /** Another talk: start again at its newest page. */
    forget(items, talk) {
      const firstKey = items.length ? items[0].key : '';
      Object.assign(this, { firstKey, talkId: talk, limit: PAGE, atEnd: true, lastKey: '', flip: false });
    },

    /** How many of the items stand above what is drawn. */
    countAbove() {
      return this.data.paged ? 0 : Math.max(0, this.data.items.length - this.limit);
    },

    show() {
      const kept = this.placeToKeep(this.data.items.slice(this.countAbove()));
      if (kept) this.keepPlace(kept);
      else this.draw();
    },

    /** @returns {boolean} whether it goes to another place of the list */
    draw() {
      const { items } = this.data;
      const above = this.countAbove();
      const last = this.data.latest || items[items.length - 1];
      const isNew = Boolean(last) && last.key !== this.lastKey;
      const isFirst = !this.lastKey;
      this.lastKey = last ? last.key : '';
      this.setData({ shown: items.slice(above), above });
      if (!isNew || (isFirst && this.data.fromTop)) return false;
      if (!isFirst && last.side !== 'self') this.announce(last);
      if (!this.atEnd && last.side !== 'self') {
        this.setData({ unseen: true });
        return false;
      }
      if (last.card && this.atEnd) this.setData({ anchor: `row-${last.key}` });
      else this.toEnd();
      return true;
    },

    announce(item) {
      this.setData({ announcement: `${item.who || '提示'}${item.ai ? '（AI）' : ''}：${item.text}` });
    },

    /** A message drawn before and after, where rows above it come or go; none while at the end. */
    placeToKeep(shown) {
      const before = this.data.shown;
      if (this.atEnd || !before.length || !shown.length || before[0].key === shown[0].key) return '';
      const isKept = new Set(shown.map((item) => item.key));
      const held = before.filter((item) => isKept.has(item.key));
      return held.length ? held[Math.floor(held.length / 2)].key : '';
    },

    /** Draws and then puts the message with `key` back where it stood on the screen. */
    keepPlace(key) {
      this.whereIs(key, (before) => {
        if (this.draw()) return;
        wx.nextTick(() => this.whereIs(key, (after) => {
          // Meanwhile the reader may have gone to the end, by a tap or by a word of their own.
          if (before && after && !this.atEnd) this.scrollTo(after.scrollTop + after.top - before.top);
        }));
      });
    },

    whereIs(key, told) {
      const query = this.createSelectorQuery();
      query.select(`#row-${key}`).boundingClientRect();
      query.select('.message-list').scrollOffset();
      query.exec(([row, list]) => told(row && list ? { top: row.top, scrollTop: list.scrollTop } : null));
    },

    /** The same number twice does not scroll, so it never is quite the same. */
    scrollTo(top) {
      this.nudge = !this.nudge;
      this.setData({ anchor: '', scrollTop: Math.max(0, top) + (this.nudge ? 0.01 : 0) });
    },

    /**
     * Two anchors take turns, because setting the same one again does not scroll. Until the end has
     * come into sight, the reader is on the way to it, and what comes meanwhile keeps no other place.
     */
    toEnd() {
      this.flip = !this.flip;
      this.atEnd = true;
      this.atTop = false;
      clearTimeout(this.arriving);
      this.arriving = setTimeout(() => this.onArrived(), ARRIVING_MS);
      if (this.data.hasNewer) this.triggerEvent('newest');
      this.setData({ anchor: this.flip ? 'end-a' : 'end-b', unseen: false });
    },

    onOlder() {
      if (this.data.paged) {
        if (!this.data.hasOlder) return;
        this.atEnd = false;
        if (this.data.older !== 'loading') this.triggerEvent('older');
      } else if (this.data.above > 0) {
        this.limit += PAGE;
        this.atEnd = false;
        this.show();
      }
    },

    /**
     * Reading on by itself stops after a failure: the button then tries again. A list that grows
     * shorter on the way to its end may touch its top; a reader who went there is still there after.
     */
    onReachTop() {
      this.atTop = true;
      if (this.data.older !== 'failed' && !this.arriving) this.onOlder();
    },

    watchEnd() {
      this.watcher = this.createIntersectionObserver({});
      this.watcher.relativeTo('.message-list', AT_END).observe('.list-end', (seen) => {
        this.endSeen = seen.intersectionRatio > 0;
        if (this.endSeen) {
          this.onArrived();
          this.onReachEnd();
        } else if (!this.arriving) this.atEnd = false;
      });
    },

    onArrived() {
      clearTimeout(this.arriving);
      this.arriving = null;
      if (this.endSeen) return;
      this.atEnd = false;
      if (this.atTop) this.onReachTop();
    },

    onReachEnd() {
      if (this.data.hasNewer) {
        this.triggerEvent('newer');
        return;
      }
      this.atEnd = true;
      if (this.data.unseen) this.setData({ unseen: false });
    },

    onRetry(event) {
      this.triggerEvent('retry', event.detail);
    },

    onTakeBack(event) {
      this.triggerEvent('takeback', event.detail);
    },
  },
});
