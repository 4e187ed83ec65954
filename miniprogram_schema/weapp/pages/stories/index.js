/**
 * Stories of teens, as the page was drawn. The same page opens on itself to read one (`view=read`) or
 * to write one (`view=write`), so that 'back' leads where one came from.
 */
Page({
  data: { ready: false, params: { view: '', story: '', tab: 'feed' } },
  onLoad({ view = '', story = '', tab = 'feed' }) {
    this.setData({ ready: true, params: { view, story, tab } });
  },
});
