/**
 * One of several parts at a time. Whoever uses it puts just the part that `active` names inside; the
 * block shows at once which one was tapped and tells of it.
 */
const { listOf, wordsOf } = require('../shared/plain.js');

Component({
  properties: {
    label: { type: String, value: '' },
    /** Names of the parts, in their order. */
    labels: { type: Array, value: [] },
    active: { type: Number, value: 0 },
  },
  data: { tabs: /** @type {any[]} */ ([]), shown: 0, panel: '' },
  observers: {
    'labels, active': function arrange(labels, active) {
      const tabs = listOf(labels).map((label, index) => ({ index, label: wordsOf(label) || `第 ${index + 1} 页` }));
      const shown = tabs[active] ? active : 0;
      this.setData({ tabs, shown, panel: tabs.length ? tabs[shown].label : '' });
    },
  },
  methods: {
    onTab(event) {
      const { index } = event.currentTarget.dataset;
      if (index === this.data.shown) return;
      this.setData({ shown: index, panel: this.data.tabs[index].label });
      this.triggerEvent('change', { index });
    },
  },
});
