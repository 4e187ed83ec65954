/** A longer text with headings, points and strong words, drawn from nodes; see ../shared/rich_text.js. */
const { blocksOf } = require('../shared/rich_text.js');

Component({
  properties: {
    text: { type: String, value: '' },
  },
  data: { blocks: /** @type {any[]} */ ([]) },
  observers: {
    text(text) {
      this.setData({ blocks: blocksOf(text) });
    },
  },
});
