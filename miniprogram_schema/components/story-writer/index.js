/**
 * Where a story is written. Every keystroke goes out at once (`type`) and is kept by the service;
 * nothing is ever cut, what is too long is said and cannot be sent yet.
 */
const { TOPIC_CHOICES } = require('../shared/story_words.js');

const COUNT_FROM = 4000;

Component({
  properties: {
    draft: { type: Object, value: null },
  },
  data: { topics: TOPIC_CHOICES, title: '', text: '', animalOpen: false, showCount: false, over: 0 },
  observers: {
    draft(draft) {
      if (!draft) return;
      this.setData({ showCount: draft.length >= COUNT_FROM, over: Math.max(0, -draft.left) });
      // What is typed leads: a field is filled from outside only when it is another draft's.
      if (draft.story === this.shown) return;
      this.shown = draft.story;
      this.setData({ title: draft.title, text: draft.text });
    },
  },
  methods: {
    onTitle(event) {
      this.setData({ title: event.detail.value });
      this.triggerEvent('type', { title: event.detail.value });
    },
    onText(event) {
      this.setData({ text: event.detail.value });
      this.triggerEvent('type', { text: event.detail.value });
    },
    onTopic(event) {
      this.triggerEvent('type', { topic: event.currentTarget.dataset.code });
    },
    onAnimalOpen() {
      this.setData({ animalOpen: true });
    },
    onAnimalClose() {
      this.setData({ animalOpen: false });
    },
    onAnimal(event) {
      this.setData({ animalOpen: false });
      this.triggerEvent('type', { animal: event.detail.animal });
    },
    onSend() {
      if (this.data.draft.canSend) this.triggerEvent('send');
    },
    onAnew() {
      this.triggerEvent('anew');
    },
    onBack() {
      this.triggerEvent('back');
    },
  },
});
