/** A part of a page with its heading; other blocks stand inside, one below the other. */
Component({
  properties: {
    title: { type: String, value: '' },
    subtitle: { type: String, value: '' },
    tone: { type: String, value: 'none' },
    padding: { type: String, value: 'normal' },
  },
});
