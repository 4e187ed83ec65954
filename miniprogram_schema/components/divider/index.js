/** A thin line between two parts, with a word in it if one likes. */
Component({
  properties: {
    text: { type: String, value: '' },
    space: { type: String, value: 'normal' },
  },
});
