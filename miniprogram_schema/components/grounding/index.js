/**
 * Two small exercises that need nothing but this screen: slow breathing, and the five senses.
 * Works offline; with reduced motion the circle stands still and the words lead.
 */
const ROUNDS = 4;
const PHASES = [
  { word: '慢慢吸气', seconds: 4, shape: 'wide' },
  { word: '停一停', seconds: 2, shape: 'wide' },
  { word: '慢慢呼气', seconds: 6, shape: 'narrow' },
];
const SENSES = [
  { count: 5, what: '看得见的东西', hint: '比如灯、窗帘、自己的手' },
  { count: 4, what: '摸得到的东西', hint: '比如衣服、桌面、凉凉的墙' },
  { count: 3, what: '听得见的声音', hint: '比如风、车、自己的呼吸' },
  { count: 2, what: '闻得到的味道', hint: '比如空气、洗衣液' },
  { count: 1, what: '尝得到的味道', hint: '喝一小口水也可以' },
];

Component({
  properties: {
    mode: { type: String, value: 'breath' },
  },
  data: {
    going: false, finished: false, round: 1, rounds: ROUNDS, phase: PHASES[0], left: 0,
    sense: SENSES[0], senseIndex: 0, senseTotal: SENSES.length,
  },
  lifetimes: {
    detached() {
      this.halt();
    },
  },
  methods: {
    onMode(event) {
      this.halt();
      this.setData({ mode: event.currentTarget.dataset.mode, finished: false, senseIndex: 0, sense: SENSES[0] });
    },

    onStart() {
      this.halt();
      this.phaseIndex = 0;
      this.setData({ going: true, finished: false, round: 1, phase: PHASES[0], left: PHASES[0].seconds });
      this.timer = setInterval(() => this.tick(), 1000);
    },

    onStop() {
      this.halt();
    },

    tick() {
      if (this.data.left > 1) {
        this.setData({ left: this.data.left - 1 });
        return;
      }
      this.phaseIndex = (this.phaseIndex + 1) % PHASES.length;
      const round = this.data.round + (this.phaseIndex === 0 ? 1 : 0);
      if (round > ROUNDS) this.finish();
      else this.setData({ round, phase: PHASES[this.phaseIndex], left: PHASES[this.phaseIndex].seconds });
    },

    onNextSense() {
      const senseIndex = this.data.senseIndex + 1;
      if (senseIndex >= SENSES.length) this.finish();
      else this.setData({ senseIndex, sense: SENSES[senseIndex] });
    },

    finish() {
      this.halt();
      this.setData({ finished: true, senseIndex: 0, sense: SENSES[0] });
      this.triggerEvent('done', { mode: this.data.mode });
    },

    onAgain() {
      this.setData({ finished: false });
    },

    onStillHard() {
      this.triggerEvent('stillhard');
    },

    halt() {
      clearInterval(this.timer);
      this.timer = null;
      if (this.data.going) this.setData({ going: false });
    },
  },
});
