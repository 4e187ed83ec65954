// Starts the mini-program in the browser.

import './elements/index.js';
import { watchDialogs } from './dialogs.js';
import { getApp, register } from './runtime.js';
import { launch } from './pages.js';
import { isPreview, loadPreview } from './preview.js';
import { callHook } from './safely.js';
import { watchVisibility } from './wx/lifecycle.js';

/** @param {{config: object, units: object, templates: object, runApp: function}} parts */
export async function start(parts) {
  register(parts);
  const app = getApp();
  if (isPreview()) await loadPreview(app);
  const opening = launch(parts.config);
  callHook(app, 'onLaunch', opening);
  callHook(app, 'onShow', opening);
  opening.show();
  watchVisibility(app);
  watchDialogs();
  window.addEventListener('error', (event) =>
    app.onError?.(String(event.error?.stack ?? event.message)),
  );
  window.addEventListener('unhandledrejection', (event) =>
    app.onUnhandledRejection?.({ reason: event.reason }),
  );
}
