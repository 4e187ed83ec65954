/**
 * Any page, drawn from its JSON: what is live, else what was last seen good, else what was shipped, else a
 * quiet face with the hotlines. Looks for a new version when it comes on screen and once a minute while
 * it is there; a new one takes the place of the old without losing what was begun.
 */
const { FILLED } = require('../../renderer/actions.js');
const { BLOCKS } = require('../../renderer/blocks.js');
const { openView, closeView, nodeOf } = require('../../renderer/nodes.js');
const { isPageId } = require('../../renderer/page.js');
const { PageOpening } = require('../../renderer/opening.js');
const { PageRun } = require('../../renderer/run.js');
const { Platform } = require('../../renderer/platform.js');
const { goTo } = require('../shared/navigate.js');

const MINUTE = 60000;

/** Warnings are for who makes pages, not for who reads one. */
function warn(text) {
  const info = wx.getAccountInfoSync ? wx.getAccountInfoSync() : null;
  if (info && info.miniProgram.envVersion === 'develop') console.warn(text);
}

Component({
  properties: {
    page: { type: String, value: '' },
    params: { type: Object, value: null },
    /** As whom the page is read: 'teen' or 'staff'. */
    viewer: { type: String, value: 'teen' },
    preview: { type: Boolean, value: false },
  },
  data: { items: /** @type {any[]} */ ([]), view: 0, face: 'loading', nav: '', fill: false, asksPrivacy: false },
  lifetimes: {
    created() {
      this.number = openView((key) => this.run && this.run.tree.nodes.get(key));
      this.isReady = false;
    },
    attached() {
      this.isReady = true;
      this.privacy = getApp().services.privacy;
      this.watchPrivacy();
      this.setData({ view: this.number });
      if (this.data.preview) this.beginPreview();
      else this.open();
    },
    detached() {
      this.leavePrivacy();
      this.end();
      closeView(this.number);
    },
  },
  pageLifetimes: {
    show() {
      this.watchPrivacy();
      if (this.opening) this.watch();
    },
    hide() {
      this.leavePrivacy();
      clearInterval(this.timer);
    },
  },
  observers: {
    'page, viewer': function turn() {
      if (this.isReady && !this.data.preview) this.open();
    },
    params(params) {
      if (this.run) this.run.setGiven(params);
    },
  },
  methods: {
    open() {
      const { page, params } = this.data;
      const viewer = this.data.viewer === 'staff' ? 'staff' : 'teen';
      if (this.shown === `${viewer} ${page}`) return;
      this.end();
      this.shown = `${viewer} ${page}`;
      if (!isPageId(page)) {
        this.setData({ items: [], face: page ? 'gone' : 'loading' });
        return;
      }
      const { pages } = getApp().services;
      this.run = this.newRun({
        platform: new Platform(wx, goTo, () => viewer),
        call: (action, body) => pages.act(viewer, action, body),
        viewer: () => pages.viewer(viewer),
      });
      this.run.setGiven(params);
      this.opening = new PageOpening({ pages, page, viewer, run: this.run, onFace: (face) => this.turnTo(face) });
      this.opening.begin();
      this.watch();
    },

    /** @param {any} parts */
    newRun(parts) {
      const { pages } = getApp().services;
      const fillingOf = (action) => pages.filling(FILLED[action] || []);
      return new PageRun({ blocks: BLOCKS, warn, fillingOf, draw: (told) => this.draw(told), ...parts });
    },

    /** On screen: what is new is looked for now and then once a minute. */
    watch() {
      clearInterval(this.timer);
      this.opening.look();
      this.timer = setInterval(() => this.opening.look(), MINUTE);
    },

    /** On screen, it answers what WeChat has us ask before a photo or a place is picked. */
    watchPrivacy() {
      if (this.unwatchPrivacy) return;
      this.unwatchPrivacy = this.privacy.watch(() => this.setData({ asksPrivacy: this.privacy.asks }));
    },

    /** A page that nobody sees agrees to nothing. */
    leavePrivacy() {
      if (!this.unwatchPrivacy) return;
      this.unwatchPrivacy();
      this.unwatchPrivacy = null;
      if (!this.data.asksPrivacy) return;
      this.privacy.refuse();
      this.setData({ asksPrivacy: false });
    },

    end() {
      clearInterval(this.timer);
      if (this.opening) this.opening.stop();
      if (this.run) this.run.stop();
      if (this.bridge) this.bridge.detach(this);
      this.opening = null;
      this.run = null;
    },

    turnTo(face) {
      if (face !== 'page') {
        if (this.run) this.run.blank();
        this.setData({ items: [], face, nav: '', fill: false });
      } else if (this.data.face !== 'page') {
        this.setData({ face });
      }
    },

    /** The page's own list by one setData with its settings; each node that changed by one of its own. */
    draw(told) {
      const { settings, changes } = told;
      const own = settings ? { nav: settings.nav, fill: settings.fill } : {};
      changes.forEach(([key, data]) => { if (key === null) Object.assign(own, data); });
      if (Object.keys(own).length) this.setData(own);
      changes.forEach(([key, data]) => { if (key !== null) this.drawNode(key, data); });
      if (settings && settings.title) wx.setNavigationBarTitle({ title: settings.title });
      if (this.bridge) this.bridge.drawn();
    },

    drawNode(key, data) {
      const node = nodeOf(this.number, key);
      if (node) node.setData(data);
      // A node that is not on screen yet will be made from the page's own list, so that must be fresh.
      else this.setData({ items: this.run.tree.items });
    },

    onBlock(event) {
      const { key, event: name, detail } = event.detail;
      if (this.run) this.run.onBlock(key, name, detail);
    },

    onAgain() {
      this.setData({ face: 'loading' });
      this.opening.again();
    },

    onChat() {
      goTo('chat');
    },

    /** The studio's frame drives this view (web/README.md, Preview); in WeChat there is none. */
    beginPreview() {
      this.bridge = getApp().studio;
      if (this.bridge) this.bridge.attach(this);
    },
  },
});
