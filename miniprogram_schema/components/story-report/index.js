/** Why something ought not to stand here. A person looks at it; nobody is told who said so. */
const { REPORT_REASONS } = require('../shared/story_words.js');

Component({
  properties: {
    done: { type: Boolean, value: false },
    busy: { type: Boolean, value: false },
    error: { type: String, value: '' },
  },
  data: { reasons: REPORT_REASONS, reason: '' },
  methods: {
    onReason(event) {
      this.setData({ reason: event.currentTarget.dataset.code });
    },
    onReport() {
      const { busy, reason } = this.data;
      if (reason && !busy) this.triggerEvent('report', { reason });
    },
    onClose() {
      this.triggerEvent('close');
    },
  },
});
