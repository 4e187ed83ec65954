/**
 * How a page comes on screen: what is at hand at once, then what is live. Content that cannot be drawn is
 * passed over for the next best, and what is on screen stays until something better is there.
 *
 * Faces: 'page', 'loading', 'gone' (no such page any more), 'broken' (nothing could be drawn).
 */
class PageOpening {
  /**
   * @param {object} parts
   * @param {any} parts.pages services/pages.js
   * @param {string} parts.page @param {'teen'|'staff'} parts.viewer
   * @param {any} parts.run where it is drawn
   * @param {(face: string) => void} parts.onFace
   */
  constructor({ pages, page, viewer, run, onFace }) {
    Object.assign(this, { pages, page, viewer, run, onFace });
    this.etag = '';
    this.refused = '';
    this.isShown = false;
    this.busy = false;
    this.stopped = false;
  }

  stop() {
    this.stopped = true;
  }

  /** Shows the best of what is at hand. */
  begin() {
    const found = this.pages.atHand(this.page).find(({ content }) => this.draw(content));
    this.etag = found ? found.etag : '';
    if (!found) this.onFace('loading');
  }

  draw(content) {
    try {
      this.run.show(content);
    } catch (error) {
      this.run.warn(`${this.page}: ${error.message}`);
      return false;
    }
    this.isShown = true;
    this.onFace('page');
    return true;
  }

  /** Looks whether something else is live; once a minute at most, save for the first time. */
  async look() {
    if (this.busy || this.stopped) return;
    this.busy = true;
    try {
      if (!this.etag || await this.pages.hasNews(this.page, this.viewer, this.refused || this.etag)) await this.fetch();
    } catch (error) {
      this.fail(error);
    }
    this.busy = false;
  }

  again() {
    this.refused = '';
    return this.look();
  }

  async fetch() {
    const { content, etag } = await this.pages.fetch(this.page, this.viewer, this.etag);
    if (this.stopped) return;
    if (content && this.draw(content)) this.settle(content, etag);
    else if (content) this.refuse(etag);
    else if (!this.isShown) this.onFace('broken');
  }

  settle(content, etag) {
    this.etag = etag;
    this.refused = '';
    this.pages.keep(this.page, { content, etag });
  }

  /** Live, but not to be drawn by this client: not asked for again until it changes. */
  refuse(etag) {
    this.refused = etag;
    if (!this.etag) this.etag = etag;
    if (!this.isShown) this.onFace('broken');
  }

  fail(error) {
    if (this.stopped) return;
    if (error.code === 'not_found') this.lose();
    else if (!this.isShown) this.onFace('broken');
  }

  /** Taken from the readers: what was kept of it goes, what was shipped with the client stays. */
  lose() {
    this.pages.drop(this.page);
    const shipped = this.pages.atHand(this.page).find(({ content }) => this.draw(content));
    this.etag = '';
    this.isShown = Boolean(shipped);
    if (!shipped) this.onFace('gone');
  }
}

module.exports = { PageOpening };
