/**
 * One story to read. A heavy one says so first and opens only when asked for. Hugs and words go to
 * the author; nobody sees how many there are.
 */
const { LONGEST_ANSWER, lengthOf } = require('../shared/story_words.js');

Component({
  properties: {
    reading: { type: Object, value: null },
    answer: { type: String, value: '' },
    /** What was just sent: {state, offer}. */
    answered: { type: Object, value: null },
    busy: { type: String, value: '' },
    error: { type: String, value: '' },
  },
  data: { unveiled: false, left: LONGEST_ANSWER, canAnswer: false },
  observers: {
    answer(answer) {
      const left = LONGEST_ANSWER - lengthOf(answer);
      this.setData({ left, canAnswer: Boolean(answer.trim()) && left >= 0 });
    },
  },
  methods: {
    onUnveil() {
      this.setData({ unveiled: true });
    },
    onLeave() {
      this.triggerEvent('leave');
    },
    onTalk() {
      this.triggerEvent('talk');
    },
    onHelp() {
      this.triggerEvent('help');
    },
    onHug() {
      this.triggerEvent('hug', { on: !this.data.reading.hugged });
    },
    onType(event) {
      this.triggerEvent('type', { text: event.detail.value });
    },
    onAnswer() {
      if (this.data.canAnswer && !this.data.busy) this.triggerEvent('answer');
    },
    onReport() {
      this.triggerEvent('report', { story: this.data.reading.story });
    },
    onReportAnswer(event) {
      this.triggerEvent('report', { story: this.data.reading.story, answer: event.detail.answer });
    },
  },
});
