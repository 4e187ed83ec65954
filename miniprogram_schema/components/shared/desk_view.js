/** What the desk shows, read off services/desk_talk.js; and the few sentences it says by itself. */
const { dueGroup } = require('./follow_up.js');
const { ROLES, wordOf } = require('./labels.js');
const { itemsOf } = require('./view.js');

const GONE = '刚才那位同学已经不在你手上了（转接、结束，或太久没有回应）。';
const QUIET = '太久没有声音，这段先轻轻收好了，同学随时能回来。登记在“待补登记”里，方便时写就好。';
const ALERT_GONE = '这件提醒已经不用你处理了，对话也收起来了。辛苦了。';
const GUEST_GONE = '这段倾诉结束了，谢谢你在旁边陪着。';

/** Why the member cannot take the next one now; empty where they can. */
function nextHint(me) {
  if (!me) return '';
  if (me.status !== 'available') return '先把状态改成“在线”，再接人。';
  return me.load >= me.limit ? '手上的分量已经满了，先照顾好他们。' : '';
}

/** Talks and alerts lost since the member last looked; empty where there are none. */
function lostText(me) {
  const { lost = [], lost_alerts: alerts = [] } = me || {};
  const talks = lost.length
    ? `有 ${lost.length} 段倾诉离开了你手上（断线太久，或被转走了）。同学没有落单，会有人接着陪。` : '';
  const passed = alerts.length
    ? `有 ${alerts.length} 件你在处理的提醒 15 分钟没有动静，已经请别的同事接着看。` : '';
  return talks + passed;
}

/** What is said when the open talk `before` has gone from the screen without the member's own doing. */
function goneText(before, me, writeUps = []) {
  const { lost = [], lost_alerts: alerts = [] } = me || {};
  if (lost.includes(before.id)) return '';
  if (before.watching) return alerts.includes(before.id) ? '' : ALERT_GONE;
  if (writeUps.some((one) => one.mine && one.conversation === before.id)) return QUIET;
  if (!before.mine) return GUEST_GONE;
  return before.offered_to ? `${before.offered_to}接过去了，同学不用从头讲。谢谢你陪到这里。` : GONE;
}

/** Whether a talk came by itself: one that was not in hand before and is not the one just opened. */
function hasNewcomer(before, { me, talks, openId }) {
  const known = new Set(before.map((head) => head.id));
  return Boolean(me && me.automatic) && talks.some(({ id }) => !known.has(id) && id !== openId);
}

/** The part of the open talk that is drawn (shared/window.js). */
function messagesView(desk, window, now) {
  const { me, conversation, transcript } = desk;
  if (!conversation) return { items: [], latest: null, hasOlder: false, hasNewer: false };
  const { messages } = transcript;
  const { from, to } = window.of(messages);
  const context = {
    viewer: 'staff', role: me ? me.role : 'listener', names: me ? { [me.role]: me.name } : {}, now,
    before: messages[from - 1],
  };
  const pending = window.follows ? desk.pending : [];
  return {
    items: itemsOf(messages.slice(from, to), pending, context),
    latest: window.follows ? null : itemsOf(messages.slice(-1), [], context)[0],
    hasOlder: from > 0 || desk.hasOlder,
    hasNewer: !window.follows,
  };
}

function listsView(desk, now) {
  const talks = desk.talks.map((head) => ({ ...head, unread: desk.unreadOf(head) }));
  return {
    talks,
    held: talks.map((head) => head.id),
    unread: talks.reduce((sum, one) => sum + one.unread, 0),
    queue: desk.queue,
    waitingCount: desk.queue.listener + desk.queue.counsellor,
    alerts: desk.alerts,
    offers: desk.offers,
    followUps: desk.followUps,
    moreFollowUps: desk.hasMoreFollowUps,
    followDue: desk.followUps.filter((one) => dueGroup(one.due_at, now) !== 'later').length,
    letters: desk.letters,
    writeUps: desk.writeUps,
  };
}

function deskView(desk, window, now) {
  const { me, conversation, openId } = desk;
  const lists = listsView(desk, now);
  const head = lists.talks.find((one) => one.id === openId);
  return {
    ...lists,
    ...messagesView(desk, window, now),
    phase: desk.phase,
    needs: desk.needs,
    me,
    role: me ? wordOf(ROLES, me.role) : '',
    openId,
    talk: conversation,
    left: Boolean(head && head.teen_left),
    older: desk.older,
    canNext: Boolean(me) && !nextHint(me),
    hint: nextHint(me),
    lost: lostText(me),
    problem: desk.problem ? `${desk.problem.message}写好的话会先存着。` : '',
    now,
  };
}

module.exports = { deskView, goneText, hasNewcomer, lostText, nextHint };
