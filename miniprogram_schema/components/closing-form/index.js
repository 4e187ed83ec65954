/**
 * The closing form: risk A to E with its plain meaning, topics, actions, referral, a note, and when
 * somebody looks after the teen again. From C on it cannot be sent without that day.
 */
const { daysFor, isPlanned, latestFor } = require('../shared/follow_up.js');
const { CLOSING_ACTIONS, CLOSING_RISKS, optionsOf, TOPICS } = require('../shared/labels.js');

const NOTE_LIMIT = 500;
const REFERRAL_LIMIT = 100;

const toggled = (codes, code) => (
  codes.includes(code) ? codes.filter((one) => one !== code) : [...codes, code]
);
const marked = (options, chosen) => options.map((option) => ({ ...option, on: chosen.includes(option.code) }));

Component({
  properties: {
    /** Topics the reader found, chosen to begin with; codes it does not know are left out. */
    suggestedTopics: { type: Array, value: [] },
    submitText: { type: String, value: '结束并登记' },
    error: { type: String, value: '' },
    busy: { type: Boolean, value: false },
  },
  data: {
    risks: CLOSING_RISKS, risk: '', chosenTopics: [], chosenActions: [], referral: '', note: '',
    topics: marked(optionsOf(TOPICS), []), actions: marked(optionsOf(CLOSING_ACTIONS), []),
    follow: [], days: null, latest: null, followNote: '', canSubmit: false, noteLimit: NOTE_LIMIT, referralLimit: REFERRAL_LIMIT,
  },
  lifetimes: {
    attached() {
      this.choose('topics', TOPICS, this.data.suggestedTopics.filter((code) => code in TOPICS));
    },
  },
  methods: {
    choose(group, words, chosen) {
      const key = group === 'topics' ? 'chosenTopics' : 'chosenActions';
      this.setData({ [key]: chosen, [group]: marked(optionsOf(words), chosen) });
    },

    onRisk(event) {
      this.plan(event.currentTarget.dataset.code, this.data.days);
    },
    /** The same day again takes the choice back. */
    onDays(event) {
      const days = Number(event.currentTarget.dataset.days);
      this.plan(this.data.risk, days === this.data.days ? null : days);
    },
    /** A day that is too late for the risk is no choice any more. */
    plan(risk, wished) {
      const follow = daysFor(risk);
      const days = follow.some((one) => one.days === wished) ? wished : null;
      this.setData({ risk, days, follow, latest: latestFor(risk), canSubmit: isPlanned(risk, days) });
    },
    onFollowNote(event) {
      this.setData({ followNote: event.detail.value });
    },
    onTopic(event) {
      this.choose('topics', TOPICS, toggled(this.data.chosenTopics, event.currentTarget.dataset.code));
    },
    onAction(event) {
      const { code } = event.currentTarget.dataset;
      this.choose('actions', CLOSING_ACTIONS, toggled(this.data.chosenActions, code));
    },
    onReferral(event) {
      this.setData({ referral: event.detail.value });
    },
    onNote(event) {
      this.setData({ note: event.detail.value });
    },

    onSubmit() {
      const { busy, canSubmit, risk, chosenTopics, chosenActions, referral, note } = this.data;
      if (busy || !canSubmit) return;
      const form = { risk, topics: chosenTopics, actions: chosenActions, ...this.followUp() };
      this.triggerEvent('submit', { form: { ...form, referral: referral.trim(), note: note.trim() } });
    },

    followUp() {
      const { days, followNote } = this.data;
      return days === null ? {} : { follow_up_days: days, follow_up_note: followNote.trim() };
    },
  },
});
