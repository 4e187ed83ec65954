/**
 * A panel over the page: from below on a phone, in the middle on a wide screen. Whoever uses it puts
 * it there with wx:if, so that what stands inside starts afresh each time.
 */
Component({
  properties: {
    title: { type: String, value: '' },
    closeText: { type: String, value: '关闭' },
  },
  methods: {
    onClose() {
      this.triggerEvent('close');
    },
    onInside() {
      // A tap inside the panel must not reach the veil, which would close it.
    },
  },
});
