/** One check-in as it was told, with the way to take it away again. */
const { faceWord } = require('../shared/faces.js');
const { feelingWords } = require('../shared/feelings.js');
const { dayWords } = require('../shared/days.js');
const { hourMinute } = require('../shared/time.js');

const STATES = { sending: '正在存…', waiting: '先存在这台手机里，连上网就存好', failed: '没有存上' };

Component({
  properties: {
    entry: { type: Object, value: null },
  },
  data: { word: '', when: '', feelings: /** @type {string[]} */ ([]), state: '', asking: false },
  observers: {
    entry(entry) {
      if (!entry) return;
      const state = STATES[entry.state] || '';
      this.setData({
        word: faceWord(entry.face),
        when: `${dayWords(entry.day)} ${hourMinute(entry.at)}`,
        feelings: feelingWords(entry.feelings),
        state: entry.state === 'failed' && entry.why ? `${state}：${entry.why}` : state,
      });
    },
  },
  methods: {
    onAsk() {
      this.setData({ asking: true });
    },

    onKeep() {
      this.setData({ asking: false });
    },

    onRemove() {
      this.setData({ asking: false });
      this.triggerEvent('remove', { cid: this.data.entry.cid });
    },

    onRetry() {
      this.triggerEvent('retry', { cid: this.data.entry.cid });
    },
  },
});
