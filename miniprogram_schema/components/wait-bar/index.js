/** The way to a person: ask for one, then see place and time while the AI keeps company. */
const { waitOf } = require('../shared/wait.js');

Component({
  properties: {
    speaker: { type: String, value: 'ai' },
    waiting: { type: Object, value: null },
    peopleOnline: { type: Number, value: 0 },
    asking: { type: Boolean, value: false },
    /** '' | offer | yes | no: a message in WeChat when somebody came. */
    noticing: { type: String, value: '' },
  },
  data: { text: '', note: '' },
  observers: {
    'waiting, peopleOnline, asking': function show(waiting, peopleOnline, asking) {
      this.setData(waitOf(waiting, peopleOnline, asking, this.isLater(waiting)));
    },
  },
  methods: {
    /** Whether the place moved back when it last moved. */
    isLater(waiting) {
      const before = this.position || 0;
      this.position = waiting ? waiting.position : 0;
      if (!before || !waiting) this.movedBack = false;
      else if (waiting.position !== before) this.movedBack = waiting.position > before;
      return this.movedBack;
    },

    onAsk() {
      this.triggerEvent('ask');
    },

    /** Passed on in the same tap: WeChat opens its question in no other. */
    onNotice() {
      this.triggerEvent('notice');
    },
  },
});
