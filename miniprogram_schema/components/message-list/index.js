/**
 * The messages of a talk. Shows the newest page and, on request, the pages above; keeps to the end
 * while the reader is at the end, and says so when something new came while they were reading above.
 * A safety card is shown from its head.
 */
const PAGE = 60;
/** The reader counts as 'at the end' within this many px of it. */
const AT_END = { top: 0, right: 0, bottom: 120, left: 0 };

Component({
  properties: {
    items: { type: Array, value: [] },
    canAsk: { type: Boolean, value: false },
    /** Begins at the top, where the welcome stands, instead of at the newest message. */
    fromTop: { type: Boolean, value: false },
    label: { type: String, value: '聊天内容' },
  },
  data: { shown: [], above: 0, anchor: '', unseen: false, announcement: '' },
  observers: {
    items(items) {
      const first = items.length ? items[0].key : '';
      if (first !== this.firstKey) this.forget(first);
      this.show(items);
    },
  },
  lifetimes: {
    created() {
      this.forget('');
    },
    attached() {
      wx.nextTick(() => this.watchEnd());
    },
    detached() {
      if (this.watcher) this.watcher.disconnect();
    },
  },
  methods: {
    /** Another talk: start again at its newest page. */
    forget(first) {
      Object.assign(this, { firstKey: first, limit: PAGE, atEnd: true, lastKey: '', flip: false });
    },

    show(items) {
      const above = Math.max(0, items.length - this.limit);
      const last = items[items.length - 1];
      const isNew = Boolean(last) && last.key !== this.lastKey;
      const isFirst = !this.lastKey;
      this.lastKey = last ? last.key : '';
      this.setData({ shown: items.slice(above), above });
      if (!isNew || (isFirst && this.data.fromTop)) return;
      if (!isFirst && last.side !== 'self') this.announce(last);
      if (last.card && this.atEnd) this.setData({ anchor: `row-${last.key}` });
      else if (this.atEnd || last.side === 'self') this.toEnd();
      else this.setData({ unseen: true });
    },

    announce(item) {
      this.setData({ announcement: `${item.who || '提示'}${item.ai ? '（AI）' : ''}：${item.text}` });
    },

    /** Two anchors take turns, because setting the same one again does not scroll. */
    toEnd() {
      this.flip = !this.flip;
      this.atEnd = true;
      this.setData({ anchor: this.flip ? 'end-a' : 'end-b', unseen: false });
    },

    onOlder() {
      const top = this.data.shown[0];
      this.limit += PAGE;
      this.atEnd = false;
      this.show(this.data.items);
      this.setData({ anchor: `row-${top.key}` });
    },

    watchEnd() {
      this.watcher = this.createIntersectionObserver({});
      this.watcher.relativeTo('.message-list', AT_END).observe('.list-end', (seen) => {
        if (seen.intersectionRatio > 0) this.onReachEnd();
        else this.atEnd = false;
      });
    },

    onReachEnd() {
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
