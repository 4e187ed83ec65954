/** The server's pages actions in memory, with switches: offline, and who is asking. */
export class FakePages {
  constructor({ pages = {}, source = { methods: [] }, templates = [], now = () => 1_700_000_000_000 } = {}) {
    Object.assign(this, { document: source, patterns: templates, now });
    this.pages = new Map(Object.entries(pages).map(([id, page]) => [id, { draft: null, revision: 0, live: 0, versions: [], ...page }]));
    this.by = '小运';
    this.isOffline = false;
    this.asked = [];
  }

  async call(action, body = {}) {
    this.asked.push(action);
    await null;
    if (this.isOffline) throw error('offline', '网络连不上，正在重新连接。');
    return JSON.parse(JSON.stringify(this[action.replace('pages.', '')](body)));
  }

  list() {
    return { pages: [...this.pages].map(([page, one]) => {
      const content = one.draft?.content ?? one.versions.at(-1)?.content;
      return {
        page, label: content.label, audience: content.attributes.audience, is_shipped: false,
        live: one.live ? { version: one.live, at: one.versions[one.live - 1].at, by: one.versions[one.live - 1].by } : null,
        draft: one.draft && { revision: one.revision, at: one.draft.at, by: one.draft.by },
      };
    }) };
  }

  read({ page, version }) {
    const one = this.access(page);
    const content = version ? one.versions[version - 1].content : (one.draft?.content ?? one.versions[one.live - 1].content);
    return { page, content, revision: one.revision, live_version: one.live };
  }

  save({ page, content, revision }) {
    if (!this.pages.has(page)) this.pages.set(page, { draft: null, revision: 0, live: 0, versions: [] });
    const one = this.pages.get(page);
    const held = one.revision;
    if (held !== revision) throw Object.assign(error('conflict', '有人也改了这一页。'), { theirs: { revision: held, by: one.draft?.by, at: one.draft?.at } });
    Object.assign(one, { draft: { content, by: this.by, at: this.now() }, revision: revision + 1 });
    return { revision: revision + 1, faults: this.check({ content }).faults };
  }

  publish({ page, revision }) {
    const one = this.access(page);
    if (one.revision !== revision) throw error('conflict', '有人也改了这一页。');
    const { faults } = this.check({ content: one.draft.content });
    if (faults.length) throw Object.assign(error('bad_request', '页面还有问题。'), { faults });
    one.versions.push({ content: one.draft.content, at: this.now(), by: this.by });
    Object.assign(one, { live: one.versions.length, draft: null });
    return { version: one.live };
  }

  roll_back({ page, version }) {
    this.access(page).live = version;
    return { version };
  }

  versions({ page }) {
    const one = this.access(page);
    return { versions: one.versions.map(({ at, by }, index) => ({ version: index + 1, at, by, note: '', is_live: one.live === index + 1 })).reverse() };
  }

  discard({ page }) {
    const one = this.access(page);
    Object.assign(one, { draft: null, revision: one.revision + 1 });
    if (!one.live) this.pages.delete(page);
    return { revision: one.revision };
  }

  remove({ page }) {
    this.pages.delete(page);
    return { removed: page };
  }

  check({ content }) {
    const faults = [];
    (content.items ?? []).forEach((item, index) => {
      if (item.attributes?.text === '坏') faults.push({ path: `items[${index}].attributes.text`, reason: '这段文字不行' });
    });
    return { faults };
  }

  source() {
    return this.document;
  }

  templates() {
    return { templates: this.patterns };
  }

  access(page) {
    if (!this.pages.has(page)) throw error('not_found', '没有这个页面。');
    return this.pages.get(page);
  }
}

function error(code, message) {
  return Object.assign(new Error(message), { code });
}
