// Focus in dialogs. WXML can say that an element is a modal dialog but cannot move the focus, so a
// person with a keyboard or a screen reader would stay on the page behind it. Source: the modal
// dialog pattern of the WAI-ARIA Authoring Practices.

const DIALOG = '[role="dialog"][aria-modal="true"]';
const FOCUSABLE =
  'a[href], input:not([disabled]), textarea:not([disabled]), select, [tabindex]:not([tabindex="-1"])';
const CLOSERS = '.sheet-close, [aria-label="关闭"]';

let open = null;
let returnTo = null;

const shown = (element) => element.getClientRects().length > 0;
const inside = (dialog) => [...dialog.querySelectorAll(FOCUSABLE)].filter(shown);

/** Watches for dialogs: focuses a new one, and gives the focus back when it is gone. */
export function watchDialogs() {
  new MutationObserver(follow).observe(document.body, { childList: true, subtree: true });
  document.addEventListener('keydown', onKey, true);
}

function follow() {
  const dialogs = [...document.querySelectorAll(DIALOG)].filter(shown);
  const newest = dialogs[dialogs.length - 1] ?? null;
  if (newest === open) return;
  if (newest) enter(newest);
  else leave();
}

function enter(dialog) {
  returnTo ??= document.activeElement;
  open = dialog;
  dialog.tabIndex = -1;
  if (!dialog.contains(document.activeElement)) dialog.focus({ preventScroll: true });
}

function leave() {
  open = null;
  if (returnTo?.isConnected) returnTo.focus({ preventScroll: true });
  returnTo = null;
}

function onKey(event) {
  if (!open) return;
  if (event.key === 'Escape') close(event);
  if (event.key === 'Tab') keepInside(event);
}

function close(event) {
  const closer = open.querySelector(CLOSERS);
  if (!closer) return;
  event.preventDefault();
  closer.click();
}

function keepInside(event) {
  const stops = inside(open);
  if (stops.length === 0) return;
  const edge = event.shiftKey ? stops[0] : stops[stops.length - 1];
  const here = document.activeElement;
  if (here !== edge && here !== open && open.contains(here)) return;
  if (here === open && !event.shiftKey) return;
  event.preventDefault();
  (event.shiftKey ? stops[stops.length - 1] : stops[0]).focus();
}
