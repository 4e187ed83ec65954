/**
 * Where one writes. Enter sends (the platform tells it as 'confirm', never during composition of
 * Chinese), shift + Enter makes a new line. The text may be set from outside by `draft`, for chips and
 * suggestions ({text, quiet?: do not take the focus}); what was typed leaves only by being sent.
 */
const LIMIT = 2000;
const COUNT_FROM = 1800;

Component({
  properties: {
    placeholder: { type: String, value: '想说什么都可以' },
    label: { type: String, value: '写给对方的话' },
    disabled: { type: Boolean, value: false },
    draft: { type: Object, value: null },
  },
  data: { text: '', left: LIMIT, limit: LIMIT, showCount: false, canSend: false, focus: false },
  observers: {
    draft(draft) {
      if (!draft) return;
      this.write(draft.text);
      if (!draft.quiet) this.setData({ focus: true });
    },
  },
  methods: {
    onInput(event) {
      this.write(event.detail.value);
      this.triggerEvent('type', { text: this.data.text });
    },

    onConfirm(event) {
      const typed = event.detail && event.detail.value;
      if (typeof typed === 'string') this.write(typed);
      this.onSend();
    },

    onSend() {
      const text = this.data.text.trim();
      if (!text || this.data.disabled) return;
      this.write('');
      this.triggerEvent('send', { text });
    },

    onBlur() {
      this.setData({ focus: false });
    },

    onKeyboard(event) {
      this.triggerEvent('keyboard', { height: event.detail.height });
    },

    /** The server counts code points, so an emoji is one character here too. */
    write(typed) {
      const points = Array.from(typed);
      const text = points.length > LIMIT ? points.slice(0, LIMIT).join('') : typed;
      const length = Math.min(points.length, LIMIT);
      this.setData({
        text, left: LIMIT - length, showCount: length >= COUNT_FROM, canSend: Boolean(text.trim()),
      });
    },
  },
});
