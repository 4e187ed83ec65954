/**
 * The way between the teen's pages. A dot at 聊聊 tells that something new was said there; above it, at
 * times, a calm word to rest.
 */
const { goTo } = require('../shared/navigate.js');

const PLACES = [
  { name: 'home', word: '首页' },
  { name: 'chat', word: '聊聊' },
  { name: 'mood', word: '心情' },
  { name: 'stories', word: '故事' },
  { name: 'my', word: '我的' },
];

Component({
  properties: {
    current: { type: String, value: '' },
    /** Part of a page that does not scroll, instead of fixed over its end. */
    inFlow: { type: Boolean, value: false },
  },
  data: { places: PLACES, news: false, rest: '' },
  lifetimes: {
    attached() {
      const { bell, rest } = getApp().services;
      const show = () => this.show();
      const unwatch = [bell.watch(show), rest.watch(show)];
      this.unwatch = () => unwatch.forEach((stop) => stop());
      this.show();
    },
    detached() {
      this.unwatch();
    },
  },
  methods: {
    show() {
      const { bell, rest } = getApp().services;
      this.setData({ news: bell.rings, rest: rest.words });
    },

    onRested() {
      getApp().services.rest.read();
    },

    onGo(event) {
      goTo(event.currentTarget.dataset.name);
    },
  },
});
