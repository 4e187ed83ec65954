/** Turns stories and drafts into what the blocks of a teen show. */
const { faceOf } = require('./animals.js');
const { MASK } = require('./masks.js');
const {
  DRAFT_STATES, GIVEN_STATES, LONGEST_TEXT, LONGEST_TITLE, dayWord, lengthOf, stateOf, topicWord,
} = require('./story_words.js');

const EXCERPT = 90;
const FIRST_TITLE = 14;

/** The beginning of a text in one line. */
function excerptOf(text, longest = EXCERPT) {
  const points = Array.from(text.replace(/\s+/g, ' ').trim());
  return points.length > longest ? `${points.slice(0, longest).join('')}…` : points.join('');
}

/** Pieces of an approved wording, with what was hidden told apart. */
function maskedPieces(text) {
  return text.split(MASK).flatMap((part, i) => (
    (i ? [{ text: MASK, hidden: true }] : []).concat(part ? [{ text: part, hidden: false }] : [])
  ));
}

const headOf = ({ animal, topic, day }) => ({
  animal, face: faceOf(animal), about: [topicWord(topic), day && dayWord(day)].filter(Boolean).join(' · '),
});

function rowOf(story) {
  return {
    ...headOf(story),
    story: story.story,
    title: story.title || '',
    excerpt: story.heavy ? '' : excerptOf(story.text),
    heavy: Boolean(story.heavy),
    mine: Boolean(story.mine),
  };
}

const answerRow = (answer) => ({
  id: answer.id,
  text: answer.text,
  isCounsellors: answer.by === 'counsellor',
  who: answer.by === 'counsellor' ? '咨询师' : answer.animal,
  face: answer.by === 'counsellor' ? '' : faceOf(answer.animal),
  day: dayWord(answer.day),
  mine: Boolean(answer.mine),
});

/** @param {{story: any, answers: any[], gone: boolean}|null} opened */
function readView(opened) {
  if (!opened) return null;
  if (opened.gone) return { gone: true, story: opened.story.story };
  const { story, answers } = opened;
  return {
    ...rowOf(story),
    gone: false,
    pieces: maskedPieces(story.text),
    hugged: Boolean(story.hugged),
    answers: answers.map(answerRow),
  };
}

function keptWord(draft, isBusy) {
  const isLong = lengthOf(draft.text) > LONGEST_TEXT || lengthOf(draft.title) > LONGEST_TITLE;
  if (isLong) return DRAFT_STATES.tooLong;
  if (draft.send) return isBusy ? DRAFT_STATES.sending : DRAFT_STATES.queued;
  if (draft.saved >= draft.edit) return draft.edit ? DRAFT_STATES.kept : '';
  return isBusy ? DRAFT_STATES.saving : DRAFT_STATES.here;
}

/** A draft as the writer shows it. */
function draftView(draft, isBusy) {
  if (!draft) return null;
  const left = LONGEST_TEXT - lengthOf(draft.text);
  const titleLeft = LONGEST_TITLE - lengthOf(draft.title);
  return {
    ...draft,
    face: faceOf(draft.animal),
    topicWord: topicWord(draft.topic),
    length: LONGEST_TEXT - left,
    left,
    titleLeft,
    kept: keptWord(draft, isBusy),
    canSend: Boolean(draft.text.trim()) && left >= 0 && titleLeft >= 0 && !draft.send,
  };
}

/** A story whose newest words are on this device only. */
function localRow(draft, isBusy) {
  return {
    ...headOf(draft),
    story: draft.story,
    state: 'draft',
    word: draft.send ? '正要送出' : stateOf('draft').word,
    hint: draft.why || keptWord(draft, isBusy),
    title: draft.title || excerptOf(draft.text, FIRST_TITLE) || '还没有字',
    text: draft.text,
    isLocal: true,
    words: '', offer: false, offered: [], hugs: 0, answers: [], canEdit: true, canWithdraw: false,
  };
}

const ENDED = new Set(['withdrawn', 'withheld']);
const EDITABLE = new Set(['draft', 'change_asked', 'mask_offered', 'withdrawn']);

function ownRow(mine) {
  const { word, hint } = stateOf(mine.state);
  return {
    ...headOf(mine),
    story: mine.story,
    state: mine.state,
    word,
    hint,
    title: mine.title || excerptOf(mine.text, FIRST_TITLE),
    text: mine.text,
    isLocal: false,
    words: mine.words || '',
    offer: Boolean(mine.offer_talk),
    offered: mine.offered ? maskedPieces(mine.offered.text) : [],
    hugs: mine.hugs || 0,
    answers: (mine.answers || []).map(answerRow),
    canEdit: EDITABLE.has(mine.state) && !(mine.offer_talk && mine.state === 'withdrawn'),
    canWithdraw: !ENDED.has(mine.state),
  };
}

/** One's own stories: what is being written first, then the server's, newest first. */
function mineView(stories, drafts, isBusy) {
  const ahead = drafts.filter((draft) => {
    const held = stories.find(({ story }) => story === draft.story);
    return !held || draft.edit > held.edit || draft.why;
  });
  const written = new Set(ahead.map(({ story }) => story));
  const newest = [...ahead].sort((one, other) => other.at - one.at);
  const rest = stories.filter(({ story }) => !written.has(story));
  return [...newest.map((draft) => localRow(draft, isBusy)), ...rest.map(ownRow)];
}

/** What one wrote to others, as `story-given` shows it. */
function givenView({ answers, more }) {
  const rows = answers.map((answer) => ({
    cid: answer.cid,
    text: answer.text,
    state: answer.state,
    word: GIVEN_STATES[answer.state] || '',
    about: answer.about ? `写给《${answer.about}》` : '写给别人的故事',
    words: answer.words,
    offer: answer.offer_talk,
    canTakeBack: answer.state === 'waiting' || answer.state === 'published',
  }));
  return { answers: rows, more };
}

module.exports = { draftView, excerptOf, givenView, maskedPieces, mineView, readView, rowOf };
