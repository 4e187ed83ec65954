/** Pictures for an answer: chosen or taken, drawn anew without place and time, shown, taken out again. */
const { contentOf, shrunk } = require('./shrink.js');

const CANCELLED = /cancel/;

Component({
  properties: {
    label: { type: String, value: '图片' },
    most: { type: Number, value: 3 },
    /** [{data (base64), src (data URL)}] */
    pictures: { type: Array, value: [] },
  },
  data: { busy: false, problem: '' },
  methods: {
    async onAdd() {
      const { pictures, most, busy } = this.data;
      if (busy || pictures.length >= most) return;
      this.setData({ busy: true, problem: '' });
      try {
        const { tempFiles } = await wx.chooseMedia({
          count: most - pictures.length, mediaType: ['image'], sizeType: ['compressed'], sourceType: ['album', 'camera'],
        });
        const added = [];
        for (const { tempFilePath } of tempFiles) added.push(await shrunk(tempFilePath));
        const fresh = added.map((src) => ({ src, data: contentOf(src) }));
        this.tell([...pictures, ...fresh].slice(0, most));
      } catch (error) {
        this.setData({ problem: this.wordsFor(error) });
      }
      this.setData({ busy: false });
    },

    /** Closing the chooser is no fault. */
    wordsFor(error) {
      const { errMsg = '', message = '' } = error || {};
      if (CANCELLED.test(errMsg + message)) return '';
      return errMsg || !message ? '没有选上图片。可以再试一次，或者先不加图片。' : message;
    },

    onRemove(event) {
      const { index } = event.currentTarget.dataset;
      this.tell(this.data.pictures.filter((_, i) => i !== index));
    },

    tell(pictures) {
      this.triggerEvent('change', { pictures });
    },
  },
});
