/**
 * A text for eyes that tire: large, in three sizes, a line at a time. Where the device has a Chinese
 * voice it reads aloud and the line being read stands out; where it has none, one steps through the
 * lines with large buttons, or lets them go on by themselves at an easy pace.
 */
const { linesOf, paceOf } = require('./lines.js');

const SIZES = [{ size: 1, word: '大' }, { size: 2, word: '更大' }, { size: 3, word: '最大' }];
const SIZE_KEY = 'read-aloud size';

/** The voice of the browser's host; WeChat gives a mini-program none without a plugin. */
const voice = () => /** @type {any} */ (wx).nxVoice || null;

Component({
  properties: {
    title: { type: String, value: '' },
    text: { type: String, value: '' },
    speed: { type: Number, value: 0.85 },
  },
  data: {
    lines: /** @type {any[]} */ ([]), at: 0, going: false, size: 1, sizes: SIZES,
    canSpeak: false, place: '', whole: false,
  },
  observers: {
    text(text) {
      this.halt();
      this.setData({ lines: linesOf(text), at: 0 });
      this.showPlace();
    },
  },
  lifetimes: {
    attached() {
      this.setData({ size: this.keptSize() });
      const host = voice();
      this.unwatch = host ? host.watch(() => this.setData({ canSpeak: host.isReady() })) : () => {};
      this.setData({ canSpeak: Boolean(host && host.isReady()) });
    },
    detached() {
      this.halt();
      if (this.unwatch) this.unwatch();
    },
  },
  pageLifetimes: {
    hide() {
      this.halt();
    },
  },
  methods: {
    keptSize() {
      try {
        return Number(wx.getStorageSync(SIZE_KEY)) || 1;
      } catch (error) {
        return 1;
      }
    },

    onSize(event) {
      const { size } = event.currentTarget.dataset;
      this.setData({ size });
      try {
        wx.setStorageSync(SIZE_KEY, size);
      } catch (error) {
        // The size holds while the page stays open.
      }
    },

    showPlace() {
      const { at, lines } = this.data;
      this.setData({ place: lines.length ? `第 ${at + 1} 句，共 ${lines.length} 句` : '' });
    },

    onStep(event) {
      this.halt();
      this.go(this.data.at + event.currentTarget.dataset.by);
    },

    onLine(event) {
      this.halt();
      this.go(event.currentTarget.dataset.index);
    },

    go(to) {
      const at = Math.min(Math.max(to, 0), Math.max(this.data.lines.length - 1, 0));
      this.setData({ at });
      this.showPlace();
    },

    onPlay() {
      if (this.data.going) {
        this.halt();
        return;
      }
      if (this.data.at === this.data.lines.length - 1) this.go(0);
      this.setData({ going: true });
      this.play();
    },

    /** Reads, or waits out, the line one is at, and then goes on. */
    play() {
      const line = this.data.lines[this.data.at];
      if (!line) return;
      this.turn = (this.turn || 0) + 1;
      const mine = this.turn;
      const then = () => { if (mine === this.turn) this.onLineEnd(); };
      if (this.data.canSpeak) voice().speak(line.text, { rate: this.data.speed, onEnd: then, onError: () => this.withoutVoice() });
      else this.timer = setTimeout(then, paceOf(line.text));
    },

    /** A voice that fails is no reason to stop: the lines go on in silence. */
    withoutVoice() {
      if (!this.data.going) return;
      this.setData({ canSpeak: false });
      this.play();
    },

    onLineEnd() {
      if (!this.data.going) return;
      if (this.data.at + 1 < this.data.lines.length) {
        this.go(this.data.at + 1);
        this.play();
        return;
      }
      this.halt();
      this.triggerEvent('finish', {});
    },

    halt() {
      this.turn = (this.turn || 0) + 1;
      clearTimeout(this.timer);
      if (!this.data.going) return;
      if (voice()) voice().stop();
      this.setData({ going: false });
    },

    onWhole() {
      this.setData({ whole: !this.data.whole });
    },
  },
});
