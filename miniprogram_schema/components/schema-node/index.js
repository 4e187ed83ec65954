/**
 * Draws one node of a page's tree, and itself again for what stands inside it. Has no element of its own,
 * so that a block lies in its container as if it were written there.
 *
 * Every event of the block goes up to the page view as `block` {key, event, detail}.
 */
const nodes = require('../../renderer/nodes.js');

Component({
  options: { virtualHost: true },
  properties: {
    node: { type: Object, value: null },
    /** Number of the page view, which reaches each node directly when it changes. */
    view: { type: Number, value: 0 },
  },
  lifetimes: {
    attached() {
      this.enter();
    },
    detached() {
      nodes.leave(this.data.view, this.known, this);
    },
  },
  observers: {
    'node.key': function moved() {
      this.enter();
    },
    /**
     * A change is told to a node directly, so what stands around it still holds the node as it was, and
     * WeChat's classic framework hands that down again when anything there changes.
     */
    node(node) {
      const newer = node && nodes.newerThan(this.data.view, node);
      if (newer) this.setData({ node: newer });
    },
  },
  methods: {
    enter() {
      const { node, view } = this.data;
      if (!node || !view) return;
      if (this.known && this.known !== node.key) nodes.leave(view, this.known, this);
      this.known = node.key;
      nodes.enter(view, node.key, this);
    },

    onBlock(event) {
      // WeChat's own tap comes through as well where a block does not stop it; only the block's counts.
      if (event.touches) return;
      const { key } = this.data.node;
      this.triggerEvent('block', { key, event: event.type, detail: event.detail }, { bubbles: true, composed: true });
    },
  },
});
