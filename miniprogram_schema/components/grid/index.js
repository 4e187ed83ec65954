/** Blocks side by side: so many columns on a phone, and so many where there is room. */
const MOST_NARROW = 4;
const MOST_WIDE = 6;

const within = (number, most) => Math.min(most, Math.max(1, Math.round(number) || 1));

Component({
  properties: {
    columns: { type: Number, value: 2 },
    /** 0: as many as on a phone. */
    wide: { type: Number, value: 0 },
    gap: { type: String, value: 'normal' },
  },
  data: { narrowColumns: 2, wideColumns: 2 },
  observers: {
    'columns, wide': function arrange(columns, wide) {
      const narrowColumns = within(columns, MOST_NARROW);
      this.setData({ narrowColumns, wideColumns: wide ? within(wide, MOST_WIDE) : narrowColumns });
    },
  },
});
