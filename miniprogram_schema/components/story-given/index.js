/** What one wrote to others: where each stands, what whoever read it says, and the way to take it back. */
Component({
  properties: {
    answers: { type: Array, value: [] },
    more: { type: Boolean, value: false },
    busy: { type: String, value: '' },
  },
  data: { asked: '' },
  methods: {
    /** The first tap asks, the second does it: what is taken back does not come again. */
    onTakeBack(event) {
      const { cid } = event.currentTarget.dataset;
      if (this.data.asked === cid) this.triggerEvent('takeback', { cid });
      this.setData({ asked: this.data.asked === cid ? '' : cid });
    },
    onTalk(event) {
      this.triggerEvent('talk', { answer: event.currentTarget.dataset.cid });
    },
    onMore() {
      this.triggerEvent('more');
    },
  },
});
