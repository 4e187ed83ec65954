/** The way between the teen's pages. A dot at 聊聊 tells that something new was said there. */
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
  data: { places: PLACES, news: false },
  lifetimes: {
    attached() {
      const { bell } = getApp().services;
      this.unwatch = bell.watch(() => this.show());
      this.show();
    },
    detached() {
      this.unwatch();
    },
  },
  methods: {
    show() {
      this.setData({ news: getApp().services.bell.rings });
    },

    onGo(event) {
      goTo(event.currentTarget.dataset.name);
    },
  },
});
