/**
 * One check-in: a face, up to five feelings, and words if one likes. What is begun stays in the block
 * until it is handed over; nothing but the face is needed.
 */
const { FACES } = require('../shared/faces.js');
const { FEELING_CHOICES, MOST_FEELINGS } = require('../shared/feelings.js');

const MOST_WORDS = 500;
const NEAR_THE_END = 60;
const EMPTY = { face: 0, feelings: /** @type {any} */ ({}), chosen: 0, words: '', left: MOST_WORDS };

Component({
  data: { faces: FACES, choices: FEELING_CHOICES, most: MOST_FEELINGS, mostWords: MOST_WORDS, near: NEAR_THE_END, ...EMPTY },
  methods: {
    onFace(event) {
      this.setData({ face: event.currentTarget.dataset.face });
    },

    onFeeling(event) {
      const { code } = event.currentTarget.dataset;
      const isOn = Boolean(this.data.feelings[code]);
      if (!isOn && this.data.chosen >= MOST_FEELINGS) return;
      this.setData({
        feelings: { ...this.data.feelings, [code]: !isOn },
        chosen: this.data.chosen + (isOn ? -1 : 1),
      });
    },

    onWords(event) {
      const words = event.detail.value;
      this.setData({ words, left: MOST_WORDS - words.length });
    },

    onSave() {
      const { face, feelings, words } = this.data;
      if (!face) return;
      const codes = FEELING_CHOICES.map((one) => one.code).filter((code) => feelings[code]);
      this.triggerEvent('save', { face, feelings: codes, words: words.trim() });
      this.setData({ ...EMPTY, feelings: {} });
    },
  },
});
