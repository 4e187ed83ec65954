/** After sending: what happens now; where the words weigh heavily, an offer to talk comes first. */
Component({
  properties: {
    story: { type: Object, value: null },
    busy: { type: Boolean, value: false },
    error: { type: String, value: '' },
  },
  methods: {
    onTalk() {
      this.triggerEvent('talk', { story: this.data.story.story });
    },
    onDone() {
      this.triggerEvent('done');
    },
  },
});
