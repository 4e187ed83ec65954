/** A small exercise that came with a message: the teen opens it, staff see whether it helped. */
Component({
  properties: {
    /** {code, title, hint, helped, mine} of shared/view.js */
    exercise: { type: Object, value: null },
  },
  methods: {
    onOpen() {
      this.triggerEvent('open', { exercise: this.data.exercise.code });
    },
  },
});
