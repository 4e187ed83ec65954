/**
 * Numbers as bars or as a line, drawn from boxes and a mask, no canvas. A screen reader gets them in
 * words.
 */
const { barsOf, lineOf, maskOf, pointsOf, toldOf } = require('../shared/plot.js');

Component({
  properties: {
    title: { type: String, value: '' },
    kind: { type: String, value: 'bars' },
    /** [{label, value}] */
    items: { type: Array, value: [] },
    unit: { type: String, value: '' },
    emptyText: { type: String, value: '还没有数。' },
  },
  data: { bars: /** @type {any[]} */ ([]), line: /** @type {any} */ ({ isNamed: false, dots: [], names: [] }), pen: '', told: '' },
  observers: {
    'title, kind, items, unit': function draw(title, kind, items, unit) {
      const points = pointsOf(items, unit);
      const line = lineOf(kind === 'line' ? points : [], unit);
      this.setData({ bars: kind === 'line' ? [] : barsOf(points), line, pen: maskOf(line.strokes), told: toldOf(title, points) });
    },
  },
});
