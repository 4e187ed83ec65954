/** One sentence that somebody else will read; common ones can be picked, because hands are full. */
const SENTENCE_LIMIT = 500;

Component({
  properties: {
    lead: { type: String, value: '' },
    label: { type: String, value: '' },
    placeholder: { type: String, value: '' },
    picks: { type: Array, value: [] },
    submitText: { type: String, value: '好' },
    error: { type: String, value: '' },
    busy: { type: Boolean, value: false },
  },
  data: { text: '', limit: SENTENCE_LIMIT, canSubmit: false },
  methods: {
    onInput(event) {
      this.write(event.detail.value);
    },
    onPick(event) {
      this.write(event.currentTarget.dataset.text);
    },
    write(text) {
      this.setData({ text, canSubmit: Boolean(text.trim()) });
    },
    onSubmit() {
      const { busy, canSubmit, text } = this.data;
      if (!busy && canSubmit) this.triggerEvent('submit', { text: text.trim() });
    },
  },
});
