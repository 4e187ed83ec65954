/** What a talk began with, outside of it: a story, an answer or a mood, in the teen's own words. */
const { dayName, hourMinute } = require('../shared/time.js');

const KINDS = { story: '这段倾诉从一篇故事开始', answer: '从 TA 写给别人故事的话开始', mood: '从 TA 记的心情开始', form: '从 TA 填的一张表开始' };

Component({
  properties: {
    brought: { type: Object, value: null },
    now: { type: Number, value: 0 },
  },
  data: { title: '', when: '', open: false, isLong: false },
  observers: {
    'brought, now': function show(brought, now) {
      if (!brought) return;
      const { kind, text, at } = brought;
      this.setData({
        title: KINDS[kind] || KINDS.story,
        when: `${dayName(at, now || Date.now())} ${hourMinute(at)}`,
        isLong: Array.from(text).length > 120,
      });
    },
  },
  methods: {
    onOpen() {
      this.setData({ open: !this.data.open });
    },
  },
});
