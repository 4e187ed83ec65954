/** The staff who are here: name, role, how much is in their hands; found by name or role. */
const { ROLES, wordOf } = require('../shared/labels.js');

/** @returns {{id: string, name: string, role: string, load: string}[]} sorted by role, then name */
function rowsOf(people, sought) {
  const order = Object.keys(ROLES);
  const wanted = sought.trim();
  return (Array.isArray(people) ? [...people] : [])
    .sort((one, other) => order.indexOf(one.role) - order.indexOf(other.role) || one.name.localeCompare(other.name))
    .map(({ id, name, role, load }) => ({ id, name, role: wordOf(ROLES, role), load: load ? `手上 ${load}` : '空着' }))
    .filter(({ name, role }) => !wanted || name.includes(wanted) || role.includes(wanted));
}

Component({
  properties: {
    people: { type: Array, value: [] },
    state: { type: String, value: 'ready' },
    canTap: { type: Boolean, value: false },
    emptyText: { type: String, value: '现在没有同事在线。' },
    errorText: { type: String, value: '暂时读不到，等一下再试试。' },
  },
  data: { rows: /** @type {any[]} */ ([]), count: 0, sought: '' },
  observers: {
    'people, sought': function arrange(people, sought) {
      this.setData({ rows: rowsOf(people, sought), count: Array.isArray(people) ? people.length : 0 });
    },
  },
  methods: {
    onSeek(event) {
      this.setData({ sought: event.detail.value });
    },
    onSelect(event) {
      const { id } = event.currentTarget.dataset;
      this.triggerEvent('select', { item: this.data.people.find((one) => one.id === id) });
    },
    onAgain() {
      this.triggerEvent('again', {});
    },
  },
});
