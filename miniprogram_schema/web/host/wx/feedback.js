// Toast, loading and dialogs. A toast is read out by a screen reader; a dialog holds the focus,
// closes with Escape and gives the focus back, all of which <dialog> does by itself.

import { api } from './promise.js';

const TOAST_MS = 1500;
const status = document.createElement('div');
const mask = document.createElement('div');
let timer;

status.className = 'wx-toast';
status.setAttribute('role', 'status');
mask.className = 'wx-mask';
document.body.append(status);

function show(text, { waiting, blocking }) {
  clearTimeout(timer);
  status.classList.toggle('wx-waiting', waiting);
  status.textContent = text;
  // An empty notice is not drawn, so a wheel without words keeps a space.
  if (waiting && !text) status.textContent = '\u00a0';
  if (blocking) document.body.append(mask);
  else mask.remove();
}

function hide() {
  clearTimeout(timer);
  status.textContent = '';
  mask.remove();
}

export const showToast = api(
  'showToast',
  ({ title = '', icon, duration = TOAST_MS, mask: blocking = false }) => {
    show(title, { waiting: icon === 'loading', blocking });
    timer = setTimeout(hide, duration);
  },
);
export const hideToast = api('hideToast', hide);
export const showLoading = api('showLoading', ({ title = '', mask: blocking = false }) =>
  show(title, { waiting: true, blocking }),
);
export const hideLoading = api('hideLoading', hide);

export const showModal = api('showModal', async (options) => {
  const {
    title = '',
    content = '',
    editable = false,
    placeholderText = '',
    showCancel = true,
  } = options;
  const dialog = createDialog(title);
  const field = editable ? createField(content, placeholderText) : null;
  if (field) dialog.append(field);
  else if (content) dialog.append(element('p', content));
  const menu = dialog.appendChild(document.createElement('menu'));
  if (showCancel) menu.append(choice(dialog, options.cancelText || '取消', 'cancel'));
  const confirm = choice(dialog, options.confirmText || '确定', 'confirm');
  confirm.className = 'wx-main';
  menu.append(confirm);
  const answer = await ask(dialog, field ?? confirm);
  return {
    confirm: answer === 'confirm',
    cancel: answer !== 'confirm',
    content: field && answer === 'confirm' ? field.value : null,
  };
});

export const showActionSheet = api('showActionSheet', async ({ itemList, alertText = '' }) => {
  const dialog = createDialog(alertText);
  const menu = dialog.appendChild(document.createElement('menu'));
  menu.className = 'wx-column';
  itemList.forEach((label, i) => menu.append(choice(dialog, label, String(i))));
  menu.append(choice(dialog, '取消', ''));
  const answer = await ask(dialog, menu.firstElementChild);
  if (answer === '') throw new Error('cancel');
  return { tapIndex: Number(answer) };
});

function createDialog(title) {
  const dialog = document.createElement('dialog');
  dialog.className = 'wx-dialog';
  if (title) dialog.setAttribute('aria-label', title);
  if (title) dialog.append(element('h2', title));
  return dialog;
}

function createField(content, placeholder) {
  const field = document.createElement('textarea');
  field.rows = 3;
  field.value = content;
  field.placeholder = placeholder;
  field.setAttribute('aria-label', placeholder);
  return field;
}

function choice(dialog, label, answer) {
  const button = element('button', label);
  button.type = 'button';
  button.addEventListener('click', () => dialog.close(answer));
  return button;
}

function ask(dialog, focused) {
  document.body.append(dialog);
  dialog.showModal();
  focused.focus();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue);
    });
  });
}

function element(tag, text) {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}
