/** A question that opens to its answer; other blocks may stand in the answer too. */
Component({
  properties: {
    title: { type: String, value: '' },
    text: { type: String, value: '' },
    open: { type: Boolean, value: false },
  },
  data: { isOpen: false },
  observers: {
    open(open) {
      this.setData({ isOpen: Boolean(open) });
    },
  },
  methods: {
    onToggle() {
      const isOpen = !this.data.isOpen;
      this.setData({ isOpen });
      this.triggerEvent('toggle', { open: isOpen });
    },
  },
});
