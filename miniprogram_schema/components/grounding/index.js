/**
 * Four small exercises that need nothing but this screen and perhaps some water: slow breathing, the
 * five senses, cold water, small things. Works offline; with reduced motion the circle stands still
 * and the words lead.
 */
const { EXERCISES, HELPED } = require('../shared/exercises.js');

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
const SENSE_STEPS = SENSES.map(({ count, what, hint }) => ({
  mark: String(count), line: `在心里找出 ${count} 样${what}`, hint, next: '找到了，下一个', last: '找到了',
}));
/** Cool water from the tap, never ice: enough to slow the body down, and harmless. */
const COLD_STEPS = [
  { mark: '1', line: '打开水龙头，让凉水流过手腕', hint: '慢慢数到二十。凉凉的就好，不用冰', next: '好了，下一步' },
  { mark: '2', line: '用凉水拍拍脸，或敷一条湿毛巾', hint: '闭上眼睛，慢慢呼一口长气', next: '好了，下一步' },
  { mark: '3', line: '喝一小口凉水，慢慢咽下去', hint: '留意它从嘴里往下走的感觉', last: '做完了' },
];
const STEPS = { senses: SENSE_STEPS, cold: COLD_STEPS };
const SMALL_THINGS = [
  '喝几口水', '开一盏灯，或拉开窗帘', '两只脚踩稳，感觉一下地面', '抱住一样软的东西', '从一慢慢数到五十',
  '听完一首歌', '走到另一个房间', '给信得过的人发一个表情',
];

const MODES = Object.keys(EXERCISES).map((mode) => ({ mode, title: EXERCISES[mode].title }));
const ANSWERS = Object.keys(HELPED).map((helped) => ({ helped, word: HELPED[helped] }));

Component({
  properties: {
    mode: { type: String, value: 'breath' },
    /** One exercise alone, as it was sent into a talk. */
    single: { type: Boolean, value: false },
    /** Asks after it whether it helped, and tells that. */
    asks: { type: Boolean, value: false },
  },
  data: {
    modes: MODES, answers: ANSWERS,
    going: false, finished: false, round: 1, rounds: ROUNDS, phase: PHASES[0], left: 0,
    step: SENSE_STEPS[0], stepIndex: 0, stepTotal: SENSE_STEPS.length,
    things: SMALL_THINGS, done: /** @type {any} */ ({}), doneCount: 0,
  },
  observers: {
    mode() {
      this.begin();
    },
  },
  lifetimes: {
    detached() {
      this.halt();
    },
  },
  methods: {
    onMode(event) {
      const { mode } = event.currentTarget.dataset;
      this.halt();
      this.setData({ mode, finished: false });
    },

    /** At the first step of the exercise that is chosen. */
    begin() {
      const steps = STEPS[this.data.mode] || SENSE_STEPS;
      this.setData({ stepIndex: 0, step: steps[0], stepTotal: steps.length, done: {}, doneCount: 0 });
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

    onNextStep() {
      const steps = STEPS[this.data.mode];
      const stepIndex = this.data.stepIndex + 1;
      if (stepIndex >= steps.length) this.finish();
      else this.setData({ stepIndex, step: steps[stepIndex] });
    },

    onThing(event) {
      const { index } = event.currentTarget.dataset;
      const done = { ...this.data.done, [index]: !this.data.done[index] };
      this.setData({ done, doneCount: Object.values(done).filter(Boolean).length });
    },

    /** Whoever stops half-way has done it as well. */
    onEnough() {
      this.finish();
    },

    finish() {
      this.halt();
      this.begin();
      this.setData({ finished: true });
      this.triggerEvent('done', { mode: this.data.mode });
    },

    onAgain() {
      this.setData({ finished: false });
    },

    onHelped(event) {
      this.triggerEvent('helped', { helped: event.currentTarget.dataset.helped });
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
