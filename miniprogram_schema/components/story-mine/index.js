/**
 * One's own stories and where each stands. What wants an answer of the author stands open: parts that
 * are to be hidden, a change that is asked for, an offer to talk.
 */
Component({
  properties: {
    stories: { type: Array, value: [] },
    state: { type: String, value: '' },
    problem: { type: String, value: '' },
    more: { type: Boolean, value: false },
    busy: { type: String, value: '' },
    error: { type: String, value: '' },
  },
  data: { opened: '' },
  methods: {
    onOpen(event) {
      const { story } = event.currentTarget.dataset;
      this.setData({ opened: this.data.opened === story ? '' : story });
    },
    onEdit(event) {
      this.triggerEvent('edit', { story: event.currentTarget.dataset.story });
    },
    onAgree(event) {
      this.triggerEvent('agree', { story: event.currentTarget.dataset.story });
    },
    onWithdraw(event) {
      this.triggerEvent('withdraw', { story: event.currentTarget.dataset.story });
    },
    onDrop(event) {
      this.triggerEvent('drop', { story: event.currentTarget.dataset.story });
    },
    onTalk(event) {
      this.triggerEvent('talk', { story: event.currentTarget.dataset.story });
    },
    onHelp() {
      this.triggerEvent('help');
    },
    onMore() {
      this.triggerEvent('more');
    },
    onAgain() {
      this.triggerEvent('again');
    },
  },
});
