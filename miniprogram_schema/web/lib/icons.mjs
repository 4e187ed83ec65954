// TDesign's icons come from a font on a CDN. A teen's phone must not call a third party for an
// arrow, so the icons in use are drawn from `tdesign-icons-svg` as masks inside the style sheet.

import fs from 'node:fs';
import path from 'node:path';
import { NPM } from './project.mjs';

export const ICON_SHEET = 'miniprogram_npm/tdesign-miniprogram/icon/icon.wxss';
const SVG = path.join(NPM, 'tdesign-icons-svg', 'src');
const SOURCE = /\.(wxml|wxs|js|json)$/;
const QUOTED_WORD = /["'`]([a-z][a-z0-9-]*)["'`]/g;
const BASE = `
.t-icon--image{width:100%;height:100%}
.t-icon__image{vertical-align:top;width:100%;height:100%}
.t-icon-base{display:block;line-height:1;text-align:center}
.t-icon-base:before{content:'';display:block;width:1em;height:1em;margin:auto;
-webkit-mask:var(--icon) center/contain no-repeat;mask:var(--icon) center/contain no-repeat}
`;

/** Style sheet that replaces `icon.wxss`: the base rules and one mask for each name. */
export function iconSheet(names) {
  const rules = names.map((name) => {
    const image = dataUri(fs.readFileSync(path.join(SVG, `${name}.svg`), 'utf8'));
    return `.t-icon-${name}:before{--icon:url("${image}");background:currentColor}`;
  });
  return BASE + rules.join('\n');
}

/**
 * Names of icons that the sources may ask for: every quoted word that is an icon's name, since a
 * name may come through data. That is a few too many, and never one too few.
 */
export function usedIcons(project) {
  const all = new Set(fs.readdirSync(SVG).map((file) => path.basename(file, '.svg')));
  const folders = [...project.units.keys()]
    .filter((key) => key.startsWith('miniprogram_npm/'))
    .map((key) => path.dirname(project.locate(`${key}.js`)));
  const theirs = folders.flatMap((folder) =>
    fs.readdirSync(folder).map((name) => path.join(folder, name)),
  );
  const files = [...project.ownFiles(), ...theirs].filter((file) => SOURCE.test(file));
  const words = files.flatMap((file) => [...fs.readFileSync(file, 'utf8').matchAll(QUOTED_WORD)]);
  return [...new Set(words.map((match) => match[1]))].filter((word) => all.has(word)).sort();
}

function dataUri(svg) {
  const small = svg
    .replace('view-box', 'viewBox')
    .replace(/ (class|id)="[^"]*"/g, '')
    .replace(/ (width|height)="1em"/g, '')
    .replaceAll('currentColor', '#000')
    .replaceAll('"', "'");
  return `data:image/svg+xml,${small.replace(/[%#<>]/g, encodeURIComponent)}`;
}
