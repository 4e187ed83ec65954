/** Figures for the supervisor: stories, how soon a person read them, cards and whether they helped. */
const { SPANS, figuresView, spanOf } = require('../shared/figures.js');

/** Drawn pages that go with the figures. */
const PAGES = [{ page: 'desk_board', word: '现场情况' }, { page: 'desk_people', word: '在线的同事' }, { page: 'desk_staff', word: '工作人员' }];

Component({
  data: {
    pages: PAGES, spans: SPANS, days: 28, figures: null, busy: false, error: '',
  },
  lifetimes: {
    attached() {
      this.desk = getApp().services.openModeration(() => {});
      this.read();
    },
    detached() {
      this.desk.stop();
    },
  },
  methods: {
    async read() {
      const { days } = this.data;
      const { from, until } = spanOf(days, Date.now());
      this.setData({ busy: true, error: '' });
      try {
        const figures = figuresView(await this.desk.figures(from, until));
        if (days === this.data.days) this.setData({ figures });
      } catch (error) {
        this.setData({ error: error.message });
      } finally {
        this.setData({ busy: false });
      }
    },
    onDays(event) {
      this.setData({ days: Number(event.currentTarget.dataset.days) });
      this.read();
    },
    onPage(event) {
      wx.navigateTo({ url: `/pages/page/index?page=${event.currentTarget.dataset.page}&as=staff` });
    },
    onAgain() {
      this.read();
    },
  },
});
