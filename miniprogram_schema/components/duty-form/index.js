/** How talks come to the member, what they know well, and the end of the shift, asked about once. */
const { optionsOf, TOPICS } = require('../shared/labels.js');

const NOTE_LIMIT = 500;
const NAME_LIMIT = 20;
const SKILLS = optionsOf(TOPICS).filter(({ code }) => code !== 'other');
const marked = (chosen) => SKILLS.map((skill) => ({ ...skill, on: chosen.includes(skill.code) }));

Component({
  properties: {
    me: { type: Object, value: null },
    error: { type: String, value: '' },
    busy: { type: String, value: '' },
  },
  data: {
    automatic: false, chosen: [], skills: marked([]), note: '', isSure: false, noteLimit: NOTE_LIMIT, canTell: false, name: '', nameLimit: NAME_LIMIT,
  },
  lifetimes: {
    attached() {
      const { automatic, skills, name } = this.data.me || { automatic: false, skills: [], name: '' };
      const { notices } = getApp().services;
      this.setData({ automatic, chosen: skills, skills: marked(skills), canTell: notices.can, name });
    },
  },
  methods: {
    onAutomatic() {
      this.setData({ automatic: !this.data.automatic });
    },
    onSkill(event) {
      const { code } = event.currentTarget.dataset;
      const { chosen } = this.data;
      const next = chosen.includes(code) ? chosen.filter((one) => one !== code) : [...chosen, code];
      this.setData({ chosen: next, skills: marked(next) });
    },
    onSave() {
      const { busy, automatic, chosen } = this.data;
      if (!busy) this.triggerEvent('save', { automatic, skills: chosen });
    },
    /** One yes is one message; WeChat opens its question in this tap alone. */
    async onTell() {
      if (await getApp().services.notices.ask(this.data.me.notice)) this.triggerEvent('notice', {});
    },
    onName(event) {
      this.setData({ name: event.detail.value });
    },
    onRename() {
      const name = this.data.name.trim();
      if (name && !this.data.busy) this.triggerEvent('rename', { name });
    },
    onNote(event) {
      this.setData({ note: event.detail.value });
    },
    onEnd() {
      this.setData({ isSure: true });
    },
    onBack() {
      this.setData({ isSure: false });
    },
    onSure() {
      if (!this.data.busy) this.triggerEvent('end', { note: this.data.note.trim() });
    },
  },
});
