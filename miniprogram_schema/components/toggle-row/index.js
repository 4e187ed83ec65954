/** A switch with its question and what it means, in words. */
Component({
  properties: {
    ask: { type: String, value: '' },
    note: { type: String, value: '' },
    on: { type: Boolean, value: false },
    onWords: { type: String, value: '' },
    offWords: { type: String, value: '' },
    /** The server has not heard it yet. */
    waits: { type: Boolean, value: false },
  },
  methods: {
    onToggle() {
      this.triggerEvent('change', { on: !this.data.on });
    },
  },
});
