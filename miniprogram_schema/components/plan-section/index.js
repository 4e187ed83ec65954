/**
 * One part of the plan: what stands in it, a field for more, and what the listener suggested. Each
 * change is told to the page as the whole of the part.
 */
const { partOf } = require('../shared/plan_words.js');

const MOST_TEXT = 120;
const MOST_PHONE = 20;
const EMPTY = { text: '', phone: '', at: -1 };

Component({
  properties: {
    name: { type: String, value: 'helps' },
    entries: { type: Array, value: [] },
    suggestions: { type: Array, value: [] },
    /** How many entries there may be. */
    most: { type: Number, value: 12 },
  },
  data: {
    part: /** @type {any} */ (null), isPeople: false, examples: /** @type {string[]} */ ([]), shown: /** @type {any[]} */ ([]),
    mostText: MOST_TEXT, mostPhone: MOST_PHONE, ...EMPTY,
  },
  observers: {
    'name, entries': function renew() {
      const part = partOf(this.data.name);
      const isPeople = part.name === 'people';
      const { entries } = this.data;
      const shown = entries.map((entry) => (isPeople ? { ...entry } : { name: entry, phone: '' }));
      const examples = part.examples.filter((one) => !entries.includes(one));
      this.setData({ part, isPeople, shown, examples });
    },
  },
  methods: {
    onText(event) {
      this.setData({ text: event.detail.value });
    },

    onPhone(event) {
      this.setData({ phone: event.detail.value });
    },

    /** What is being changed keeps its place. */
    onEdit(event) {
      const { index } = event.currentTarget.dataset;
      const { name, phone } = this.data.shown[index];
      this.setData({ text: name, phone, at: index });
    },

    onAdd() {
      const { text, phone, isPeople } = this.data;
      const name = text.trim();
      if (name) this.put(isPeople ? { name, phone: phone.trim() } : name);
    },

    onExample(event) {
      this.put(event.currentTarget.dataset.text);
    },

    put(entry) {
      const { at, entries } = this.data;
      const isHeld = !this.data.isPeople && entries.includes(entry);
      const isChange = at >= 0 && at < entries.length;
      if (isChange) this.tell(entries.map((one, i) => (i === at ? entry : one)));
      else if (!isHeld) this.tell([...entries, entry]);
      this.setData(EMPTY);
    },

    onRemove(event) {
      const { index } = event.currentTarget.dataset;
      this.setData(EMPTY);
      this.tell(this.data.entries.filter((_, i) => i !== index));
    },

    tell(entries) {
      this.triggerEvent('change', { name: this.data.name, entries });
    },

    onAccept(event) {
      this.triggerEvent('answer', { id: event.currentTarget.dataset.id, accept: true });
    },

    onDecline(event) {
      this.triggerEvent('answer', { id: event.currentTarget.dataset.id, accept: false });
    },
  },
});
