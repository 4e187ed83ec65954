/** One story of a list: who, what it is about, how it begins. Of a heavy one only that it is. */
const { rowOf } = require('../shared/story_view.js');

Component({
  properties: {
    story: { type: Object, value: null },
  },
  data: { row: null },
  observers: {
    story(story) {
      this.setData({ row: story ? rowOf(story) : null });
    },
  },
  methods: {
    onRead() {
      this.triggerEvent('read', { story: this.data.row.story });
    },
  },
});
