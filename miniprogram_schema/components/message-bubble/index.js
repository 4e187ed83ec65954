/** One message as it is shown; `item` comes ready made from message-list (shared/view.js). */
Component({
  properties: {
    item: { type: Object, value: {} },
    canAsk: { type: Boolean, value: false },
  },
  methods: {
    onRetry() {
      this.triggerEvent('retry', { cid: this.data.item.cid });
    },
    onTakeBack() {
      this.triggerEvent('takeback', { cid: this.data.item.cid, text: this.data.item.text });
    },
  },
});
