/** Any page that a coordinator drew: `?page=<id>` and its parameters; `as=staff` for pages of the desk. */
const read = (text) => {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    return text;
  }
};

Page({
  data: { ready: false, page: '', params: /** @type {any} */ ({}), viewer: 'teen', preview: false },
  onLoad({ page = '', as = '', studio = '', ...params }) {
    const given = Object.entries(params).map(([name, value]) => [name, read(value || '')]);
    const viewer = as === 'staff' ? 'staff' : 'teen';
    this.setData({ ready: true, page, viewer, params: Object.fromEntries(given), preview: studio === 'preview' });
  },
});
