/** Room between two blocks. */
Component({
  properties: {
    size: { type: String, value: 'normal' },
  },
});
