/**
 * Whether the teen's words may help to improve the reader. Off unless they turn it on; the words say
 * what it means, that nothing hangs on it, and what cannot be taken back.
 */
Component({
  properties: {
    on: { type: Boolean, value: false },
    waits: { type: Boolean, value: false },
  },
  methods: {
    onToggle() {
      this.triggerEvent('change', { on: !this.data.on });
    },
  },
});
