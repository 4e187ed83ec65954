/**
 * The page that is open: what it is, what is selected, what was done, how it is saved. Screens read
 * `state` and call the methods; the page itself changes only through `apply`.
 */
import { reactive, shallowReactive } from 'vue';
import { Autosave, keyOf } from '../model/autosave.js';
import { find } from '../model/tree.js';
import { History } from '../model/history.js';
import { offeredTo } from '../model/methods.js';
import { scopeOf } from '../model/scope.js';

export class Editor {
  /**
   * @param {object} parts
   * @param {object} parts.opened answer of pages.read: {page, content, revision, live_version}
   * @param {object} parts.kept what this browser still holds of a draft, if anything
   */
  constructor({ opened, kept, server, catalog, methods, pages, clock }) {
    Object.assign(this, { server, catalog, methods, pages, clock, id: opened.page });
    const content = contentOf(opened);
    this.history = new History(content);
    this.state = shallowReactive({
      page: content, selected: '', told: '', undoable: '', redoable: '',
      live: opened.live_version ?? 0, saving: { state: 'saved', reason: '' }, faults: opened.faults ?? [], theirs: null,
    });
    this.closed = reactive(new Set());
    this.restart({ ...opened, content });
    if (kept && kept.content) this.takeUp(kept, opened);
  }

  restart({ revision, content }) {
    this.autosave?.stop();
    this.autosave = new Autosave({
      page: this.id, revision: revision ?? 0, content, clock: this.clock, store: this.server.store,
      save: (body) => this.server.call('pages.save', body),
      onChange: () => this.saved(),
    });
    this.saved();
  }

  /** What was not saved last time goes on from where it was; the server says whether it still may. */
  takeUp(kept, opened) {
    this.apply({ page: kept.content, told: '接着上次没有保存的改动' });
    if (kept.revision === (opened.revision ?? 0)) return;
    this.autosave.revision = kept.revision;
    this.autosave.base = kept.base ?? this.autosave.base;
  }

  saved() {
    const { state, reason, faults, theirs } = this.autosave;
    Object.assign(this.state, { saving: { state, reason }, theirs });
    if (state === 'saved') this.state.faults = faults ?? [];
  }

  /** Take a step: {page, select?, told}. `key` joins steps that belong together. */
  apply({ page, select, told }, key = '') {
    if (select !== undefined) this.state.selected = select;
    this.tell(told);
    if (!this.history.push(page, told, key)) return;
    this.shown();
    this.autosave.edited(page);
  }

  undo() {
    this.back(this.history.undo(), '撤销了', '没有可以撤销的');
  }

  redo() {
    this.back(this.history.redo(), '重做了', '没有可以重做的');
  }

  back(label, word, none) {
    this.tell(label ? `${word}：${label}` : none);
    if (!label) return;
    this.shown();
    this.autosave.edited(this.history.page);
  }

  shown() {
    const { page, past, future } = this.history;
    Object.assign(this.state, {
      page, undoable: past.at(-1)?.label ?? '', redoable: future.at(-1)?.label ?? '',
    });
    if (this.state.selected && !find(page, this.state.selected)) this.state.selected = '';
  }

  select(id) {
    this.state.selected = id && find(this.state.page, id) ? id : '';
  }

  /** Said to a screen reader, also when the same was said just before. */
  tell(text) {
    if (!text) return;
    this.state.told = this.state.told === text ? `${text}\u200b` : text;
  }

  get page() {
    return this.state.page;
  }

  get selected() {
    return find(this.state.page, this.state.selected);
  }

  /** What a page for this audience may call: the menus offer nothing else. */
  get offered() {
    return offeredTo(this.methods, this.state.page.attributes?.audience);
  }

  scope(id = this.state.selected) {
    return scopeOf({ page: this.state.page, id, methods: this.methods });
  }

  /** What was published is now live; the page keeps its revision. */
  published(version) {
    this.state.live = version;
    this.tell(`发布好了，第 ${version} 版`);
  }

  /** Another page stands on the server now; mine can be come back to by undoing. */
  replace(opened, told) {
    this.history.push(opened.content, told);
    this.restart({ ...opened, content: this.history.page });
    this.shown();
    this.tell(told);
  }

  close() {
    this.autosave.flush();
    this.autosave.stop();
  }
}

/** The page of an answer, as an object. */
export function contentOf({ content }) {
  return typeof content === 'string' ? JSON.parse(content) : content;
}

export function keptDraft(store, page) {
  return store.get(keyOf(page)) ?? null;
}
