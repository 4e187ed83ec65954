/** A face of a check-in, drawn from boxes: 1 the hardest to 5 the best, 0 for none. */
Component({
  properties: {
    face: { type: Number, value: 0 },
    /** small | middle | large */
    size: { type: String, value: 'middle' },
  },
});
