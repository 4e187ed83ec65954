/** Words as they are. The two largest sizes are headings, which a screen reader can leap to. */
const LEVELS = { huge: 1, title: 2 };

Component({
  properties: {
    text: { type: String, value: '' },
    size: { type: String, value: 'normal' },
    weight: { type: String, value: 'normal' },
    tone: { type: String, value: 'ink' },
    align: { type: String, value: 'left' },
    selectable: { type: Boolean, value: false },
  },
  data: { level: 0 },
  observers: {
    size(size) {
      this.setData({ level: LEVELS[size] || 0 });
    },
  },
});
