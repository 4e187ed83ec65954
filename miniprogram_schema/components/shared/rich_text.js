/**
 * A small way of writing, read into blocks that the page shows as nodes. Nothing in it is markup of a
 * browser: '<b>' stays the three characters that it is.
 *
 *     # a heading   ## a smaller one   - a point   1. a numbered point   > a quotation   --- a line
 *     **strong words** inside any of them; an empty line begins a new paragraph
 */
const MOST_BLOCKS = 300;

const LINES = [
  { kind: 'rule', pattern: /^-{3,}$/ },
  { kind: 'heading', pattern: /^# +(.+)$/ },
  { kind: 'subheading', pattern: /^#{2,6} +(.+)$/ },
  { kind: 'point', pattern: /^[-*·•] +(.+)$/ },
  { kind: 'step', pattern: /^\d{1,3}[.、．)] *(.+)$/ },
  { kind: 'quote', pattern: /^[>》] *(.+)$/ },
];

/** Stars that stand against the words they hold: '2 ** 3' is no pair. No star inside, so no way to stall. */
const STRONG = /\*\*([^\s*](?:[^*]*[^\s*])?)\*\*/;

/** @returns {{text: string, strong: boolean}[]} without the stars; a star without its pair is a star */
function piecesOf(text) {
  return text.split(STRONG).map((part, index) => ({ text: part, strong: index % 2 === 1 })).filter((piece) => piece.text);
}

function lineOf(line) {
  const found = LINES.map(({ kind, pattern }) => ({ kind, match: pattern.exec(line) })).find(({ match }) => match);
  return found ? { kind: found.kind, text: (found.match[1] || '').trim() } : { kind: 'paragraph', text: line };
}

/** Lines of one paragraph stay one block, so that a screen reader reads it in one go. */
function grouped(lines) {
  const blocks = [];
  let open = null;
  lines.forEach((raw) => {
    const line = raw.trim();
    if (!line) { open = null; return; }
    const { kind, text } = lineOf(line);
    if (kind === 'paragraph' && open) { open.text += `\n${text}`; return; }
    const block = { kind, text };
    blocks.push(block);
    open = kind === 'paragraph' ? block : null;
  });
  return blocks;
}

/**
 * @param {any} source what the coordinator wrote
 * @returns {{key: number, kind: string, number: number, pieces: {text: string, strong: boolean}[]}[]}
 *   kinds: heading, subheading, paragraph, point, step (with its number), quote, rule
 */
function blocksOf(source) {
  let number = 0;
  return grouped(String(source === undefined || source === null ? '' : source).split(/\r?\n/)).slice(0, MOST_BLOCKS).map(({ kind, text }, key) => {
    number = kind === 'step' ? number + 1 : 0;
    return { key, kind, number, pieces: piecesOf(text) };
  });
}

module.exports = { blocksOf, piecesOf };
