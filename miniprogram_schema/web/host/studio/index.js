// The studio's preview inside its frame: hears the studio, draws what it sends with the real runtime, and
// tells what is where. The protocol is in ../../README.md.

import data from 'preview:data';
import { Bridge } from './bridge.js';
import { closeDoors } from './doors.js';

window.startPreview = ({ app, wx, forceTheme }) => {
  const tell = (type, fields) => parent.postMessage({ type, ...fields }, location.origin);
  const bridge = new Bridge({ app, wx, tell, forceTheme, ...data });
  closeDoors(wx, bridge);
  app.studio = bridge;
  window.addEventListener('message', (event) => {
    if (event.source === parent && event.origin === location.origin) bridge.hear(event.data);
  });
};
