// The arrows, Home and End lead along a row of tabs, as a screen reader tells its users. WeChat has no
// keyboard, so no block can hear them itself.

const WAYS = {
  ArrowLeft: (at, count) => (at + count - 1) % count,
  ArrowRight: (at, count) => (at + 1) % count,
  Home: () => 0,
  End: (at, count) => count - 1,
};

/** @returns {boolean} whether the key was one for a tab, which is then shown and has the focus */
export function moveAlongTabs(event) {
  const way = Object.hasOwn(WAYS, event.key) && WAYS[event.key];
  const list = event.target.closest?.('[role="tab"]')?.closest('[role="tablist"]');
  if (!way || !list || event.altKey || event.ctrlKey || event.metaKey) return false;
  const tabs = [...list.querySelectorAll('[role="tab"]:not([aria-disabled="true"])')];
  const next = tabs[way(tabs.indexOf(event.target.closest('[role="tab"]')), tabs.length)];
  event.preventDefault();
  next?.focus();
  next?.click();
  return true;
}
