/** Puts the services together once, for the whole mini-program; blocks reach them by getApp(). */
const { BUNDLED } = require('../renderer/bundled.js');
const { createWire, createCall } = require('./api.js');
const { Bell } = require('./bell.js');
const { systemClock } = require('./clock.js');
const { DeskCare } = require('./desk_care.js');
const { DeskTalk } = require('./desk_talk.js');
const { ErrandRunner } = require('./errand_runner.js');
const { Errands } = require('./errands.js');
const { loginCode } = require('./login.js');
const { Moderation } = require('./moderation.js');
const { MoodBook } = require('./mood.js');
const { Notices } = require('./notices.js');
const { Pages } = require('./pages.js');
const { PlanBook } = require('./plan.js');
const { Privacy } = require('./privacy.js');
const { Profile } = require('./profile.js');
const { newSecret } = require('./random.js');
const { Rest } = require('./rest.js');
const { HOTLINES, SAFETY_CARD } = require('./safety.js');
const { Session } = require('./session.js');
const { StaffBook } = require('./staff_book.js');
const { Stories } = require('./stories.js');
const { createStore } = require('./store.js');
const { TeenTalk } = require('./teen_talk.js');

/**
 * @param {object} wx the mini-program interface
 * @param {string} base '' for the same origin, else an https origin
 */
function createServices(wx, base) {
  const store = createStore(wx);
  const post = createWire({ request: (options) => wx.request(options), base });
  const sessionOf = (kind) => new Session({
    kind, post, store, clock: systemClock, newSecret: () => newSecret(wx), loginCode: () => loginCode(wx, systemClock),
  });
  const partsOf = (session, onChange) => ({
    session, store, onChange, post, clock: systemClock, call: createCall({ post, session }),
  });
  const teen = teenParts(partsOf(sessionOf('teen'), () => {}));
  const staff = partsOf(sessionOf('staff'), () => {});
  const keeping = keepingOf(teen);
  listen(wx, keeping);
  return {
    hotlines: HOTLINES,
    safetyCard: SAFETY_CARD,
    notices: new Notices(wx),
    privacy: new Privacy(wx),
    ...keeping,
    pages: new Pages({ store, clock: systemClock, bundled: BUNDLED, callers: { teen, staff } }),
    openTeenTalk: (onChange) => new TeenTalk({ ...teen, onChange }),
    openStories: (onChange) => new Stories({ ...teen, onChange }),
    openDeskTalk: (onChange) => new DeskTalk({ ...staff, onChange }),
    openModeration: (onChange) => new Moderation({ ...staff, onChange }),
    openStaffBook: (onChange) => new StaffBook({ ...staff, onChange }),
    openDeskCare: (onChange) => new DeskCare({ ...staff, onChange }),
  };
}

/** One session and one list of errands for all that a teen has, so that nothing is told twice. */
function teenParts(parts) {
  const errands = new Errands(parts);
  return { ...parts, errands, runner: new ErrandRunner({ errands, clock: parts.clock }) };
}

/** What a teen keeps and shares beside the talk. */
function keepingOf(teen) {
  return {
    bell: new Bell(),
    mood: new MoodBook(teen),
    plan: new PlanBook(teen),
    profile: new Profile(teen),
    rest: new Rest(teen),
    errands: teen.runner,
    /** Asked for on another page, taken up by the talk when it is shown. */
    wishes: { person: false },
  };
}

/** On screen again, or on another network: what waits is tried at once. */
function listen(wx, { mood, plan, errands, rest }) {
  const wake = () => {
    mood.wake();
    plan.wake();
    errands.hurry();
  };
  if (wx.onAppShow) wx.onAppShow(wake);
  if (wx.onAppShow) wx.onAppShow(() => rest.show());
  if (wx.onAppHide) wx.onAppHide(() => rest.hide());
  if (wx.onNetworkStatusChange) wx.onNetworkStatusChange(wake);
}

module.exports = { createServices };
