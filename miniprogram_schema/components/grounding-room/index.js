/** The small exercises on a page of their own. */
const { goTo } = require('../shared/navigate.js');

Component({
  data: { helpOpen: false },
  methods: {
    onStillHard() {
      this.setData({ helpOpen: true });
    },

    onHelpClose() {
      this.setData({ helpOpen: false });
    },

    /** A person is asked for; the talk takes it on. */
    onAsk() {
      getApp().services.wishes.person = true;
      goTo('chat');
    },
  },
});
