/** Check-ins, the plan, and what else a teen keeps: offline, with lost answers, from two devices. */
const assert = require('node:assert/strict');
const path = require('node:path');
const { test } = require('node:test');
const { ErrandRunner } = require('../services/errand_runner.js');
const { Errands } = require('../services/errands.js');
const { mergeLists } = require('../services/merge.js');
const { MoodBook } = require('../services/mood.js');
const { PlanBook } = require('../services/plan.js');
const { Profile } = require('../services/profile.js');
const { FakeClock, fakeStore, fault, settle } = require('./fakes.js');

const SHARED = path.join(__dirname, '..', '..', 'components', 'shared');
const { addDays, addMonths, byDay, calendarOf, weeksOf } = require(path.join(SHARED, 'days.js'));
const { PAGES, wayTo } = require(path.join(SHARED, 'navigate.js'));

const EMPTY = { signs: [], helps: [], places: [], people: [], reasons: [] };

/** Keeps check-ins and a plan. Switches: `down`, `losesReplies` (a count), `offer`, `safety`. */
class KeepingServer {
  constructor() {
    Object.assign(this, {
      down: false, losesReplies: 0, offer: false, safety: false, moods: [], calls: [], shared: {}, band: '',
      refused: '', plans: [], plan: { version: 0, at: 0, ...EMPTY, shared: false, suggestions: [] }, cid: '',
    });
    this.call = async (action, body) => {
      this.calls.push({ action, ...body });
      await settle();
      if (this.down) throw fault('offline');
      if (action === this.refused) throw fault('bad_request');
      const answer = JSON.parse(JSON.stringify(this[action.replace('.', '_')](body)));
      if (this.losesReplies > 0) {
        this.losesReplies -= 1;
        throw fault('timeout');
      }
      return answer;
    };
  }

  of(action) {
    return this.calls.filter((one) => one.action === action);
  }

  mood_save({ cid, day, face, feelings, words }) {
    const mood = { cid, day, at: 5, face, feelings, words };
    if (!this.moods.some((one) => one.cid === cid)) this.moods.push(mood);
    return { mood, offer: this.offer, safety: this.safety };
  }

  mood_list({ from, until }) {
    return { moods: this.moods.filter(({ day }) => day >= from && day <= until) };
  }

  mood_remove({ cid }) {
    this.moods = this.moods.filter((one) => one.cid !== cid);
    return {};
  }

  mood_share({ on }) {
    this.shared.mood = on;
    return { shared: on };
  }

  mood_shared() {
    return { shared: Boolean(this.shared.mood) };
  }

  plan_get() {
    return { plan: this.plan };
  }

  plan_save({ base, cid, ...sections }) {
    if (cid === this.cid) return { plan: this.plan };
    if (base !== this.plan.version) throw fault('conflict');
    this.cid = cid;
    this.plan = { ...this.plan, ...sections, version: base + 1 };
    return { plan: this.plan };
  }

  plan_share({ on }) {
    this.shared.plan = on;
    return { shared: on };
  }

  plan_answer_suggestion({ id, accept }) {
    const found = this.plan.suggestions.find((one) => one.id === id);
    const suggestions = this.plan.suggestions.filter((one) => one !== found);
    const added = accept ? { [found.section]: [...this.plan[found.section], found.text] } : {};
    this.plan = { ...this.plan, ...added, suggestions, version: this.plan.version + (accept ? 1 : 0) };
    return { plan: this.plan };
  }

  account_age({ band }) {
    this.band = band;
    return { band };
  }

  account_consent({ training }) {
    this.training = training;
    return { training };
  }
}

function open({ server = new KeepingServer(), store = fakeStore(), clock = new FakeClock() } = {}) {
  const { call } = server;
  const runner = new ErrandRunner({ errands: new Errands({ store, call }), clock });
  const parts = { call, store, clock, runner };
  const [mood, plan, profile] = [new MoodBook(parts), new PlanBook(parts), new Profile(parts)];
  return { mood, plan, profile, server, store, clock };
}

const checkIn = (face, day = '2026-11-20', words = '') => ({ day, face, feelings: ['sad'], words });

test('a check-in made without a line is kept through a restart and sent once', async () => {
  const { mood, server, store, clock } = open();
  server.down = true;
  mood.save(checkIn(2, '2026-11-20', '不想去学校'));
  await clock.pass(1000);
  assert.deepEqual(mood.entries.map(({ face, words, state }) => [face, words, state]), [[2, '不想去学校', 'waiting']]);
  const again = open({ server, store, clock });
  server.down = false;
  server.losesReplies = 1;
  again.mood.wake();
  await clock.pass(60000);
  assert.equal(server.moods.length, 1);
  assert.deepEqual(again.mood.entries.map((one) => one.state), ['']);
});

test('words leave the storage of the device once the server holds them, and can be read again', async () => {
  const { mood, server, store, clock } = open();
  mood.save(checkIn(2, '2026-11-20', '只给自己看'));
  assert.ok(JSON.stringify(store.values).includes('只给自己看'));
  await clock.pass(10);
  assert.ok(!JSON.stringify(store.values).includes('只给自己看'));
  assert.equal(mood.entries[0].words, '只给自己看');
  const later = open({ server, store, clock }).mood;
  assert.equal(later.entries[0].words, null);
  await later.read('2026-01-01', '2026-12-31');
  assert.equal(later.entries[0].words, '只给自己看');
  assert.ok(!JSON.stringify(store.values).includes('只给自己看'));
});

test('what is refused for good stays on screen and may be taken back', async () => {
  const { mood, server, clock } = open();
  server.refused = 'mood.save';
  mood.save(checkIn(3));
  await clock.pass(10);
  const [entry] = mood.entries;
  assert.equal(entry.state, 'failed');
  mood.remove(entry.cid);
  assert.deepEqual(mood.entries, []);
  assert.equal(server.of('mood.remove').length, 0);
});

test('a removed check-in is gone at once and is removed on the server when it can be', async () => {
  const { mood, server, clock } = open();
  mood.save(checkIn(1));
  await clock.pass(10);
  server.down = true;
  mood.remove(mood.entries[0].cid);
  assert.deepEqual(mood.entries, []);
  await mood.read('2026-01-01', '2026-12-31');
  assert.deepEqual(mood.entries, []);
  server.down = false;
  await clock.pass(30000);
  assert.deepEqual(server.moods, []);
});

test('a check-in removed while its answer was on the way does not come back', async () => {
  const { mood, server, clock } = open();
  server.losesReplies = 1;
  mood.save(checkIn(1));
  await clock.pass(10);
  assert.equal(server.moods.length, 1);
  mood.remove(mood.entries[0].cid);
  await clock.pass(30000);
  assert.deepEqual([server.moods, mood.entries], [[], []]);
});

test('the offer and the safety card stay until they are put away', async () => {
  const { mood, server, store, clock } = open();
  Object.assign(server, { offer: true, safety: true });
  mood.save(checkIn(1));
  await clock.pass(10);
  const again = open({ server, store, clock }).mood;
  assert.deepEqual(again.notice, { offer: true, safety: true });
  again.notice = null;
  assert.equal(again.notice, null);
});

test('reading replaces what was held of those days, and only of those', async () => {
  const { mood, server, clock } = open();
  mood.save(checkIn(2, '2026-11-20'));
  mood.save(checkIn(3, '2026-09-01'));
  await clock.pass(10);
  server.moods = [];
  await mood.read('2026-11-01', '2026-11-30');
  assert.deepEqual(mood.entries.map((one) => one.day), ['2026-09-01']);
});

test('sharing is told when there is a line again, the last word last', async () => {
  const { mood, plan, profile, server, clock } = open();
  server.down = true;
  mood.setShared(true);
  mood.setShared(false);
  plan.setShared(true);
  profile.setBand('from_14');
  profile.setConsent(true);
  await clock.pass(5000);
  assert.deepEqual([mood.shareWaits, plan.shareWaits], [true, true]);
  server.down = false;
  await clock.pass(30000);
  assert.deepEqual(server.shared, { mood: false, plan: true });
  assert.deepEqual([server.band, server.training], ['from_14', true]);
  assert.deepEqual([mood.shareWaits, profile.consentWaits], [false, false]);
});

test('a plan is kept on the device, read without a line, and told once there is one', async () => {
  const { plan, server, store, clock } = open();
  server.down = true;
  plan.edit('helps', ['听歌']);
  plan.edit('people', [{ name: '小姨', phone: '13800138000' }]);
  await clock.pass(5000);
  const again = open({ server, store, clock }).plan;
  assert.deepEqual(again.sections.helps, ['听歌']);
  server.down = false;
  again.wake();
  await clock.pass(10);
  assert.deepEqual(server.plan.people, [{ name: '小姨', phone: '13800138000' }]);
  assert.equal(again.draft, null);
  server.down = true;
  assert.deepEqual(open({ server, store, clock }).plan.sections.helps, ['听歌']);
});

test('a plan whose answer was lost makes one version, and changes meanwhile go on from it', async () => {
  const { plan, server, clock } = open();
  server.losesReplies = 1;
  plan.edit('signs', ['睡不着']);
  await clock.pass(1300);
  plan.wake();
  await clock.pass(5000);
  assert.deepEqual([server.plan.version, server.plan.signs, plan.draft], [1, ['睡不着'], null]);
  plan.edit('signs', ['睡不着', '不想说话']);
  await clock.pass(1200);
  plan.edit('signs', ['不想说话']);
  await clock.pass(10000);
  assert.deepEqual([server.plan.signs, plan.draft], [['不想说话'], null]);
});

test('changed on two devices, both changes hold', async () => {
  const one = open();
  const other = open({ server: one.server });
  one.plan.edit('helps', ['听歌', '跑步']);
  await one.clock.pass(5000);
  await other.plan.refresh();
  one.plan.edit('helps', ['听歌']);
  await one.clock.pass(5000);
  other.plan.edit('helps', ['听歌', '跑步', '画画']);
  await other.clock.pass(10000);
  assert.deepEqual(one.server.plan.helps, ['听歌', '画画']);
  assert.deepEqual(other.plan.sections.helps, ['听歌', '画画']);
});

test('an unsent change outlives reading the plan and answering a suggestion', async () => {
  const { plan, server, clock } = open();
  plan.edit('reasons', ['我的猫']);
  await clock.pass(5000);
  server.plan.suggestions = [{ id: 's1', section: 'helps', text: '深呼吸', by_name: '小禾', at: 1 }];
  plan.edit('reasons', ['我的猫', '妹妹']);
  await plan.refresh();
  assert.deepEqual(plan.sections.reasons, ['我的猫', '妹妹']);
  await clock.pass(5000);
  await plan.refresh();
  plan.edit('places', ['操场']);
  await plan.answerSuggestion('s1', true);
  await clock.pass(10000);
  const { helps, places, reasons } = server.plan;
  assert.deepEqual([helps, places, reasons], [['深呼吸'], ['操场'], ['我的猫', '妹妹']]);
  assert.deepEqual(plan.suggestions, []);
});

test('what a plan refuses for good is told and not asked again and again', async () => {
  const { plan, server, clock } = open();
  server.refused = 'plan.save';
  plan.edit('signs', ['睡不着']);
  await clock.pass(120000);
  assert.equal(server.of('plan.save').length, 1);
  assert.equal(plan.problem.code, 'bad_request');
  assert.deepEqual(plan.sections.signs, ['睡不着']);
});

test('lists merge without losing what either side added', () => {
  assert.deepEqual(mergeLists(['a', 'b'], ['a', 'c'], ['a', 'b', 'd']), ['a', 'd', 'c']);
  assert.deepEqual(mergeLists([], [{ n: 1 }], [{ n: 1 }]), [{ n: 1 }]);
});

test('a month is shown in weeks from Monday on, in words as well as squares', () => {
  const moods = [checkIn(1, '2026-11-03'), checkIn(2, '2026-11-03'), checkIn(5, '2026-11-30')];
  const weeks = calendarOf('2026-11', moods, '2026-11-20');
  assert.equal(weeks.length, 6);
  assert.equal(weeks[0].cells.findIndex((cell) => cell.number === 1), 6);
  const third = weeks[1].cells[1];
  assert.deepEqual([third.number, third.face, third.label], [3, 2, '11月3日，不太好，记了 2 次']);
  const today = weeks.flatMap((week) => week.cells).find((cell) => cell.isToday);
  assert.equal(today.label, '11月20日，今天，没有记');
  assert.ok(weeks[5].cells[0].isLater);
});

test('days and months go over the ends of months, years and clock changes', () => {
  assert.equal(addDays('2026-12-31', 1), '2027-01-01');
  assert.equal(addDays('2028-03-01', -1), '2028-02-29');
  assert.deepEqual([addMonths('2026-12', 1), addMonths('2027-01', -1)], ['2027-01', '2026-12']);
  assert.equal(byDay([checkIn(1), checkIn(4)]).get('2026-11-20').mean, 2.5);
});

test('weeks end today, tell their mean by days, and say in words what the eye sees', () => {
  const moods = [checkIn(1, '2026-11-20'), checkIn(1, '2026-11-20'), checkIn(4, '2026-11-19'), checkIn(5, '2026-11-01')];
  const weeks = weeksOf(moods, '2026-11-20', 4);
  assert.deepEqual(weeks.map((week) => [week.from, week.mean]), [
    ['2026-10-24', 0], ['2026-10-31', 5], ['2026-11-07', 0], ['2026-11-14', 2.5],
  ]);
  assert.equal(weeks[3].words, '11月14日到11月20日，记了 3 次，多半是“一般”');
  assert.equal(weeks[0].words, '10月24日到10月30日，没有记');
});

test('the talk stays at the bottom of the stack and no page stands in it twice', () => {
  const { chat, mood, my, plan } = PAGES;
  assert.deepEqual(wayTo([chat], 'mood'), { how: 'to' });
  assert.deepEqual(wayTo([chat, mood], 'my'), { how: 'instead' });
  assert.deepEqual(wayTo([chat, my], 'plan'), { how: 'to' });
  assert.deepEqual(wayTo([chat, my, plan], 'chat'), { how: 'back', delta: 2 });
  assert.deepEqual(wayTo([chat, my, plan], 'plan'), { how: 'stay' });
  assert.deepEqual(wayTo([mood], 'chat'), { how: 'afresh' });
});
