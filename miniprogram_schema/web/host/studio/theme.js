// Light or dark in the frame, whatever the device says. The style sheet asks the device by media queries,
// so those are answered here.

const ASKS = /\(\s*prefers-color-scheme:\s*(dark|light)\s*\)/;
const asked = new Map();

export function showTheme(theme, forceTheme) {
  const wanted = theme === 'dark' || theme === 'light' ? theme : '';
  for (const sheet of document.styleSheets) answer(sheet.cssRules, wanted);
  document.documentElement.style.colorScheme = wanted;
  forceTheme(wanted);
}

function answer(rules, wanted) {
  for (const rule of rules) {
    if (!(rule instanceof CSSMediaRule)) continue;
    if (!asked.has(rule)) asked.set(rule, rule.media.mediaText);
    const text = asked.get(rule);
    const [question, about] = ASKS.exec(text) ?? [];
    if (question) rule.media.mediaText = wanted ? text.replace(question, about === wanted ? '(min-width: 0px)' : '(max-width: 0px)') : text;
    answer(rule.cssRules, wanted);
  }
}
