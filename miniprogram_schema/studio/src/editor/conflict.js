/**
 * The three ways out when two people saved one page. Nothing is lost in any: what is replaced here can
 * be undone, and what was on the server is in the history before mine is put on top.
 */
import { merged } from '../model/merge.js';
import { freshPageId, renamed } from '../model/page.js';
import { contentOf } from './editor.js';

/** @param {import('./editor.js').Editor} editor */
export function createConflict(editor, server) {
  /** Go on from what is on the server, with `page` as the newest step here. */
  function goOn(theirs, page, told) {
    const { autosave } = editor;
    editor.history.push(theirs.content, '对方的改动');
    editor.history.push(page, told);
    editor.shown();
    autosave.resolve({ revision: theirs.revision, base: theirs.content, content: editor.page });
  }

  return {
    base: () => editor.autosave.base,
    async read() {
      try {
        const answer = await server.call('pages.read', { page: editor.id });
        return { revision: answer.revision, content: contentOf(answer) };
      } catch (error) {
        // Somebody removed the page: what was there before is theirs, and saving makes it anew.
        if (error.code !== 'not_found') throw error;
        return { revision: 0, content: editor.autosave.base };
      }
    },
    take: (theirs) => goOn(theirs, theirs.content, '用对方的'),
    merge: (theirs) => goOn(theirs, merged(editor.autosave.base, editor.page, theirs.content), '把我的放在对方的上面'),
    async copy(theirs) {
      const { pages } = await server.call('pages.list');
      const id = freshPageId(pages, editor.page.attributes?.audience ?? 'teen');
      const content = renamed(editor.page, id, `${editor.page.label}（我的）`);
      await server.call('pages.save', { page: id, content, revision: 0 });
      goOn(theirs, theirs.content, '用对方的');
    },
  };
}
