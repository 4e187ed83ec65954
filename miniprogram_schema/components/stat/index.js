/** One number and what it counts. */
Component({
  properties: {
    label: { type: String, value: '' },
    value: { type: String, value: '' },
    unit: { type: String, value: '' },
    note: { type: String, value: '' },
    tone: { type: String, value: 'ink' },
  },
});
