/**
 * One talk on the desk: messages with their risk marks, what is known, three suggested next
 * sentences that fill the sender (never send by themselves), hand-over and closing.
 */
const { SPEAKERS } = require('../shared/labels.js');

function whoListens(talk, left) {
  if (left) return '同学已离开';
  return talk.mine ? '你在听' : `${SPEAKERS[talk.speaker] || ''}在听`;
}

Component({
  properties: {
    talk: { type: Object, value: null },
    items: { type: Array, value: [] },
    left: { type: Boolean, value: false },
    draft: { type: Object, value: null },
  },
  data: { cardOpen: false, who: '' },
  observers: {
    'talk, left': function show(talk, left) {
      if (!talk) return;
      this.setData({ who: whoListens(talk, left) });
    },
  },
  methods: {
    onType(event) {
      this.triggerEvent('type', event.detail);
    },
    onSuggestion(event) {
      this.triggerEvent('fill', { text: event.currentTarget.dataset.text });
    },
    onTakeBack(event) {
      this.triggerEvent('takeback', event.detail);
    },
    onCard() {
      this.setData({ cardOpen: !this.data.cardOpen });
    },
    onSend(event) {
      this.triggerEvent('send', event.detail);
    },
    onRetry(event) {
      this.triggerEvent('retry', event.detail);
    },
    onHandOver() {
      this.triggerEvent('handover');
    },
    onClose() {
      this.triggerEvent('close');
    },
  },
});
