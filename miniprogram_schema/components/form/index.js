/**
 * A form that a coordinator put together: fields from a list, faults told at the field in words, a draft
 * kept while one writes, and one answer sent once (sending.js).
 */
const { drawable, faultsOf, mostOf, optionsOf, picturesOf, written } = require('./fields.js');
const { Sending } = require('./sending.js');
const { partsFor } = require('./parts.js');

const NEAR_THE_END = 30;
const lengthOf = (text) => (typeof text === 'string' ? Array.from(text).length : 0);

/** What the template needs of a field and what was put in. */
function rowOf(field, values, faults) {
  const value = values[field.name];
  const most = mostOf(field);
  const left = most - lengthOf(value);
  const isNear = left <= Math.min(NEAR_THE_END, most / 2);
  const chosen = Array.isArray(value) ? value : [value];
  return {
    name: field.name,
    type: field.type,
    title: field.title || '',
    note: field.note || '',
    required: Boolean(field.required),
    most,
    value: value === undefined ? '' : value,
    isFull: field.type === 'many' && most > 0 && chosen.length >= most && value !== undefined,
    leftText: ['text', 'long'].includes(field.type) && isNear ? leftText(left) : '',
    options: optionsOf(field.options).map((word) => ({ word, isOn: chosen.includes(word) })),
    fault: faults[field.name] || '',
    label: `${field.title}${field.required ? '，要填' : '，可以不填'}`,
  };
}

const leftText = (left) => (left < 0 ? `多了 ${-left} 个字` : `还能写 ${left} 个字`);

/** Pictures stay in memory while one writes. */
const withoutPictures = (fields, values) => Object.fromEntries(Object.entries(values).filter(
  ([name]) => drawable(fields).some((field) => field.name === name && field.type !== 'photo'),
));

Component({
  properties: {
    title: { type: String, value: '' },
    fields: { type: Array, value: [] },
    formId: { type: String, value: 'form' },
    page: { type: String, value: '' },
    submitText: { type: String, value: '交上去' },
    sentText: { type: String, value: '收到了，谢谢你。' },
    places: { type: Number, value: 0 },
    once: { type: Boolean, value: false },
    full: { type: Boolean, value: false },
    fullText: { type: String, value: '名额已经满了，谢谢你想来。' },
  },
  data: {
    rows: /** @type {any[]} */ ([]), phase: 'writing', problem: '', hint: '', summary: '',
    safety: false, canTakeBack: false, asksTakeBack: false,
  },
  observers: {
    fields() {
      this.show();
    },
  },
  lifetimes: {
    created() {
      this.values = {};
      this.faults = {};
    },
    attached() {
      this.sending = new Sending({
        ...partsFor(this), form: this.data.formId, onChange: () => this.onSending(),
      });
      this.values = { ...this.sending.draft };
      if (this.data.once && this.sending.last) this.sending.phase = 'sent';
      this.show();
      if (this.sending.phase === 'waiting') this.sending.go();
    },
    detached() {
      this.sending.leave();
    },
  },
  pageLifetimes: {
    show() {
      if (this.sending && this.sending.phase === 'waiting') this.sending.go();
    },
  },
  methods: {
    show() {
      if (!this.sending) return;
      const { phase, problem, answer, last } = this.sending;
      this.setData({
        rows: drawable(this.data.fields).map((field) => rowOf(field, this.values, this.faults)),
        phase,
        problem: problem && phase === 'refused' ? problem.message : '',
        hint: problem && phase === 'refused' ? problem.hint : '',
        summary: this.summary(),
        safety: Boolean(answer && answer.safety),
        canTakeBack: Boolean(last),
      });
    },

    summary() {
      const names = Object.keys(this.faults);
      return names.length ? `还有 ${names.length} 处要看一看，写的都还在。` : '';
    },

    put(name, value) {
      this.values = { ...this.values, [name]: value };
      if (this.faults[name]) this.faults = this.checked(this.faults);
      this.sending.keepDraft(withoutPictures(this.data.fields, this.values));
      this.show();
    },

    /** Faults that were told and are still there: nothing new is told while one writes. */
    checked(told) {
      const now = faultsOf(this.data.fields, this.values);
      return Object.fromEntries(Object.entries(now).filter(([name]) => name in told));
    },

    onText(event) {
      this.put(event.currentTarget.dataset.name, event.detail.value);
    },

    onChoose(event) {
      const { name, word } = event.currentTarget.dataset;
      this.put(name, this.values[name] === word ? '' : word);
    },

    onMany(event) {
      const { name, word } = event.currentTarget.dataset;
      const before = this.values[name] || [];
      const row = this.data.rows.find((one) => one.name === name);
      if (!before.includes(word) && row.isFull) return;
      this.put(name, before.includes(word) ? before.filter((one) => one !== word) : [...before, word]);
    },

    onSwitch(event) {
      this.put(event.currentTarget.dataset.name, event.detail.on);
    },

    onPictures(event) {
      this.put(event.currentTarget.dataset.name, event.detail.pictures);
    },

    onPlace(event) {
      this.put(event.currentTarget.dataset.name, event.detail.place);
    },

    onSubmit() {
      const { fields } = this.data;
      this.faults = faultsOf(fields, this.values);
      if (Object.keys(this.faults).length) {
        this.show();
        return;
      }
      const pictures = picturesOf(fields, this.values).map((picture) => picture.data);
      this.sending.submit(written(fields, this.values), pictures);
    },

    onSending() {
      const { phase, answer, problem } = this.sending;
      if (phase === 'sent') this.values = {};
      this.show();
      if (phase === 'sent') this.triggerEvent('sent', { safety: answer.safety });
      if (phase === 'refused') this.triggerEvent('failed', { message: problem.message, hint: problem.hint });
    },

    onRetry() {
      this.sending.go();
    },

    onAgain() {
      this.sending.again();
    },

    onAskTakeBack() {
      this.setData({ asksTakeBack: !this.data.asksTakeBack });
    },

    async onTakeBack() {
      try {
        await this.sending.withdraw();
        this.setData({ asksTakeBack: false });
      } catch (error) {
        this.setData({ problem: error.message, hint: '它还在那里，等一下再试。' });
      }
    },
  },
});
