/**
 * A text as a moderator reads it: personal data and risk are marked, and parts can be hidden.
 *
 * A tap on a mark of personal data hides it whole, one more shows it again. A tap elsewhere (also on a
 * mark of risk, which tells what to read closely and not what to hide) opens that sentence
 * character by character: a tap on the first and one on the last hide what lies between, also where
 * the last stands in another sentence.
 */
const { MARKS } = require('../shared/moderation_words.js');
const { isWhole, masked, merged, piecesOf, sentences, without } = require('../shared/masks.js');

function pieceRow(piece) {
  const { mark, isMasked } = piece;
  const kind = mark ? mark.kind : '';
  const isPersonal = Boolean(kind) && kind !== 'risk';
  const tap = isPersonal ? `，点一下${isMasked ? '放出来' : '遮住'}` : '';
  return {
    ...piece,
    key: `${piece.start}`,
    kind: isPersonal ? 'personal' : kind,
    // An empty line is no control, unless it was hidden with what stood around it.
    canTap: isMasked || piece.text.trim() !== '',
    label: mark ? `${MARKS[kind] || kind}：${piece.text}${tap}` : piece.text.trim() || (isMasked ? '换行' : ''),
  };
}

Component({
  properties: {
    text: { type: String, value: '' },
    marks: { type: Array, value: [] },
    masks: { type: Array, value: [] },
    /** Whether parts can be hidden: only stories are masked. */
    canMask: { type: Boolean, value: true },
    /** A title: no words about how, no box around it. */
    plain: { type: Boolean, value: false },
  },
  data: { pieces: [], sentence: -1, cells: [], from: -1, preview: '', words: '', hasPersonal: false, count: 0 },
  observers: {
    'text, marks, masks': function show(text, marks, masks) {
      if (text !== this.shown) this.setData({ sentence: -1, cells: [], from: -1 });
      this.shown = text;
      const kinds = [...new Set(marks.map(({ kind }) => MARKS[kind] || kind))];
      this.setData({
        pieces: piecesOf(text, marks, masks).map(pieceRow),
        preview: masked(text, masks),
        count: masks.length,
        words: kinds.join('、'),
        hasPersonal: marks.some(({ kind }) => kind !== 'risk'),
      });
      if (this.data.sentence >= 0) this.spell(this.data.sentence);
    },
  },
  methods: {
    change(masks) {
      this.triggerEvent('change', { masks: merged(masks) });
    },

    toggle(span) {
      const { masks } = this.data;
      this.change(isWhole(masks, span) ? without(masks, span) : [...masks, span]);
    },

    onPiece(event) {
      if (!this.data.canMask) return;
      const piece = this.data.pieces[event.currentTarget.dataset.index];
      if (piece.kind === 'personal') this.toggle({ start: piece.mark.start, end: piece.mark.end });
      else if (piece.isMasked) this.toggle({ start: piece.start, end: piece.end });
      else this.spell(piece.sentence);
    },

    /** Opens one sentence character by character. */
    spell(sentence) {
      const points = Array.from(this.data.text);
      const { start, end } = sentences(points)[sentence];
      const isHidden = (at) => this.data.masks.some((mask) => mask.start <= at && at < mask.end);
      const cells = points.slice(start, end).map((text, i) => ({
        at: start + i, text: text === '\n' ? '↵' : text, on: isHidden(start + i),
      }));
      this.setData({ sentence, cells });
    },

    onCell(event) {
      const at = Number(event.currentTarget.dataset.at);
      const { from, masks } = this.data;
      if (from < 0) {
        this.setData({ from: at });
        return;
      }
      this.setData({ from: -1 });
      this.change([...masks, { start: Math.min(from, at), end: Math.max(from, at) + 1 }]);
    },

    onSpellClose() {
      this.setData({ sentence: -1, cells: [], from: -1 });
    },

    onHideMarks() {
      this.triggerEvent('hideall');
    },

    onShowAll() {
      this.change([]);
    },
  },
});
