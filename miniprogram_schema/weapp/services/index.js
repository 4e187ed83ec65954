/** Puts the services together once, for the whole mini-program; blocks reach them by getApp(). */
const { createWire, createCall } = require('./api.js');
const { systemClock } = require('./clock.js');
const { DeskTalk } = require('./desk_talk.js');
const { newSecret } = require('./random.js');
const { HOTLINES, SAFETY_CARD } = require('./safety.js');
const { Session } = require('./session.js');
const { createStore } = require('./store.js');
const { TeenTalk } = require('./teen_talk.js');

/**
 * @param {object} wx the mini-program interface
 * @param {string} base '' for the same origin, else an https origin
 */
function createServices(wx, base) {
  const store = createStore(wx);
  const post = createWire({ request: (options) => wx.request(options), base });
  const sessionOf = (kind) => new Session({ kind, post, store, newSecret: () => newSecret(wx) });
  const partsOf = (session, onChange) => ({
    session, store, onChange, clock: systemClock, call: createCall({ post, session }),
  });
  return {
    hotlines: HOTLINES,
    safetyCard: SAFETY_CARD,
    openTeenTalk: (onChange) => new TeenTalk(partsOf(sessionOf('teen'), onChange)),
    openDeskTalk: (onChange) => new DeskTalk(partsOf(sessionOf('staff'), onChange)),
  };
}

module.exports = { createServices };
