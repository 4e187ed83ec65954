// Whether this document is the studio's preview (README, Preview), and the loading of what that needs. A
// teen's page never loads it.

import { forceTheme } from './theme.js';
import { wx } from './wx/index.js';

export const PREVIEW_PAGE = 'pages/page/index';

const asked = new URLSearchParams(location.search).get('studio') === 'preview';

export const isPreview = () => asked && window.parent !== window;

/** Adds the preview's script and lets it take hold of the application before the first page opens. */
export async function loadPreview(app) {
  const script = document.createElement('script');
  script.src = document.querySelector('meta[name=weapp-preview]').content;
  await new Promise((resolve, reject) => {
    Object.assign(script, { onload: resolve, onerror: reject });
    document.head.append(script);
  });
  window.startPreview({ app, wx, forceTheme });
}
