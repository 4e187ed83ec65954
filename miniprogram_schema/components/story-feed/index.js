/** Stories of others, newest first, of all topics or of one. Nothing is ranked. */
const { TOPIC_CHOICES } = require('../shared/story_words.js');

const TOPICS = [{ code: '', word: '全部' }, ...TOPIC_CHOICES];

Component({
  properties: {
    feed: { type: Object, value: null },
  },
  data: { topics: TOPICS },
  methods: {
    onTopic(event) {
      this.triggerEvent('topic', { topic: event.currentTarget.dataset.code });
    },
    onRead(event) {
      this.triggerEvent('read', event.detail);
    },
    onMore() {
      this.triggerEvent('more');
    },
    onAgain() {
      this.triggerEvent('again');
    },
  },
});
