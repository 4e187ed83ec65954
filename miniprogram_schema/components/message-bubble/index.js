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
    /** Bubbles up through whatever lists the messages, to the panel of the talk. */
    onMisread() {
      const { seq, text } = this.data.item;
      this.triggerEvent('misread', { seq, text }, { bubbles: true, composed: true });
    },
    /** Bubbles up through whatever lists the messages, to the page of the talk. */
    onExercise() {
      const { seq, exercise } = this.data.item;
      this.triggerEvent('exercise', { seq, exercise: exercise.code }, { bubbles: true, composed: true });
    },
    onTakeBack() {
      this.triggerEvent('takeback', { cid: this.data.item.cid, text: this.data.item.text });
    },
  },
});
