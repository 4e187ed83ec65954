/** What others wrote to a story, in the order the server gives: a counsellor's words stand first. */
Component({
  properties: {
    answers: { type: Array, value: [] },
    canReport: { type: Boolean, value: false },
  },
  methods: {
    onReport(event) {
      this.triggerEvent('report', { answer: event.currentTarget.dataset.id });
    },
  },
});
