/**
 * One talk on the desk: messages with their risk marks, what is known, three suggested next
 * sentences that fill the sender (never send by themselves), hand-over and closing. A guest, who
 * stayed after a warm hand-over, can still write, but neither give the talk away nor end it; who is
 * here for an alert of theirs (`watching`) can write and give it away, and goes with the alert.
 */
function whoListens(talk, left) {
  if (left) return '同学已离开';
  if (talk.watching) return '你在处理提醒';
  return talk.mine ? '你在听' : '在旁边陪着';
}

Component({
  properties: {
    talk: { type: Object, value: null },
    items: { type: Array, value: [] },
    left: { type: Boolean, value: false },
    draft: { type: Object, value: null },
    now: { type: Number, value: 0 },
    latest: { type: Object, value: null },
    hasOlder: { type: Boolean, value: false },
    hasNewer: { type: Boolean, value: false },
    older: { type: String, value: '' },
    /** What the teen shares: {mood, plan}, each null where it is not shared. */
    shared: { type: Object, value: null },
    suggested: { type: Number, value: 0 },
    suggesting: { type: Boolean, value: false },
    suggestError: { type: String, value: '' },
  },
  data: { cardOpen: false, who: '', none: [] },
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
    onLeave() {
      this.triggerEvent('leave');
    },
    onRisk() {
      this.triggerEvent('risk');
    },
    onMisread(event) {
      this.triggerEvent('misread', event.detail);
    },
    onOlder() {
      this.triggerEvent('older');
    },
    onNewer() {
      this.triggerEvent('newer');
    },
    onNewest() {
      this.triggerEvent('newest');
    },
    onSendCard() {
      this.triggerEvent('card');
    },
    onSuggest(event) {
      this.triggerEvent('suggest', event.detail);
    },
    onHandOver() {
      this.triggerEvent('handover');
    },
    onClose() {
      this.triggerEvent('close');
    },
  },
});
