/** Numbers as bars, the longest filling the width; each is told in words too. */
Component({
  properties: {
    title: { type: String, value: '' },
    note: { type: String, value: '' },
    /** [{word, n, text?: what stands at the end instead of the number}] */
    rows: { type: Array, value: [] },
  },
  data: { bars: [] },
  observers: {
    rows(rows) {
      const most = Math.max(1, ...rows.map(({ n }) => n));
      this.setData({
        bars: rows.map((row) => ({
          ...row, told: row.text || String(row.n), width: Math.round((100 * row.n) / most),
        })),
      });
    },
  },
});
