/**
 * Stories as a teen holds them: those of others, one that is open, one's own, and those being written.
 *
 * What was taken back or hidden leaves the screen as soon as the server says so (`story.poll`, held
 * for 25 s): its text is dropped from what is held, not only from what is drawn.
 */
const { newCid } = require('./random.js');
const { PollLoop } = require('./poll_loop.js');
const { DRAFTS, StoryDrafts } = require('./story_drafts.js');

const WAIT = 25;
const POLL_TIMEOUT = (WAIT + 10) * 1000;
const PAGE = 20;
const ANSWERS = 'stories.answers';

class Stories {
  /** @param {{call: any, store: any, clock: any, onChange: function(): void}} parts */
  constructor({ call, store, clock, onChange }) {
    Object.assign(this, { call, store, clock, onChange });
    this.feed = { topic: '', stories: [], more: false, cursor: '', state: 'loading', problem: '' };
    /** The story being read: {story, answers, gone} */
    this.opened = null;
    this.mine = { stories: [], more: false, state: 'loading', problem: '' };
    /** What one wrote to others, the newest first. */
    this.given = { answers: [], more: false };
    /** The answer that was sent last: {story, cid, state, offer}. */
    this.answered = null;
    /** The story that was sent last from here, as the server took it. */
    this.sent = null;
    this.since = null;
    this.turn = 0;
    this.drafts = new StoryDrafts({
      store, clock, call, onChange, onHeard: (story, isSent) => this.onDraft(story, isSent),
    });
    this.loop = new PollLoop({
      poll: (onTask) => this.listen(onTask), clock, onState: () => {},
    });
  }

  start() {
    this.loop.start();
    this.drafts.hurry();
  }

  stop() {
    this.loop.stop();
    this.drafts.stop();
  }

  rest() {
    this.loop.rest();
  }

  wake() {
    this.loop.wake();
    this.drafts.hurry();
  }

  /** From when on what goes is told; asked before anything is read, so that nothing falls between. */
  async mark() {
    if (this.since !== null) return;
    const { now } = await this.call('story.poll', { since: 0, wait: 0 });
    if (this.since === null) this.since = now;
  }

  async listen(onTask) {
    await this.mark();
    const body = { since: this.since, wait: WAIT };
    const { now, gone } = await this.call('story.poll', body, { onTask, timeout: POLL_TIMEOUT });
    this.since = now;
    this.forget(gone);
    return { fresh: gone.length > 0 };
  }

  forget(gone) {
    if (!gone.length) return;
    const left = new Set(gone);
    this.feed = { ...this.feed, stories: this.feed.stories.filter(({ story }) => !left.has(story)) };
    if (this.opened && left.has(this.opened.story.story)) this.lose();
    else if (this.opened) this.dropAnswers(left);
    this.onChange();
  }

  dropAnswers(left) {
    const answers = this.opened.answers.filter(({ id }) => !left.has(id));
    this.opened = { ...this.opened, answers };
  }

  /** The open story is not to be read any more. */
  lose() {
    const { story } = this.opened.story;
    this.opened = { story: { story }, answers: [], gone: true };
  }

  /** Reads the first page of a topic, '' for all. */
  async readFeed(topic) {
    this.turn += 1;
    const mine = this.turn;
    const stories = topic === this.feed.topic ? this.feed.stories : [];
    this.setFeed({ topic, stories, state: 'loading', problem: '' });
    try {
      await this.mark();
      const page = await this.call('story.feed', this.askFor(topic));
      if (mine === this.turn) this.setFeed({ ...page, state: 'ready' });
    } catch (error) {
      if (mine === this.turn) this.setFeed({ state: 'failed', problem: error.message });
    }
  }

  async readMore() {
    const { topic, cursor, more, state } = this.feed;
    if (!more || state === 'loading') return;
    const mine = this.turn;
    this.setFeed({ state: 'loading' });
    try {
      const page = await this.call('story.feed', { ...this.askFor(topic), before: cursor });
      if (mine !== this.turn) return;
      const held = new Set(this.feed.stories.map(({ story }) => story));
      const fresh = page.stories.filter(({ story }) => !held.has(story));
      this.setFeed({ ...page, stories: [...this.feed.stories, ...fresh], state: 'ready' });
    } catch (error) {
      if (mine === this.turn) this.setFeed({ state: 'ready', problem: error.message });
    }
  }

  askFor(topic) {
    return topic ? { topic, limit: PAGE } : { limit: PAGE };
  }

  setFeed(change) {
    this.feed = { ...this.feed, ...change };
    this.onChange();
  }

  async open(story) {
    await this.mark();
    try {
      const data = await this.call('story.read', { story });
      this.opened = { ...data, gone: false };
    } catch (error) {
      if (error.code !== 'not_found') throw error;
      this.opened = { story: { story }, answers: [], gone: true };
    }
    this.onChange();
  }

  /** On screen at once; taken back where the server does not take it. */
  async hug(on) {
    const { story } = this.opened.story;
    this.setHugged(story, on);
    try {
      const { hugged } = await this.call('story.hug', { story, on });
      this.setHugged(story, hugged);
    } catch (error) {
      this.setHugged(story, !on);
      throw error;
    }
  }

  setHugged(story, hugged) {
    const { opened } = this;
    if (opened && !opened.gone && opened.story.story === story) {
      this.opened = { ...opened, story: { ...opened.story, hugged } };
    }
    this.onChange();
  }

  /** What was written to a story and is not yet heard, with the cid it goes under. */
  answerTo(story) {
    return (this.store.get(ANSWERS) || {})[story] || { cid: '', text: '' };
  }

  keepAnswer(story, text) {
    const { [story]: before, ...others } = this.store.get(ANSWERS) || {};
    const cid = before && before.text === text ? before.cid : newCid();
    this.store.set(ANSWERS, text ? { ...others, [story]: { cid, text } } : others);
    return { cid, text };
  }

  /** The same words go under the same cid, so that a lost reply does not double them. */
  async answer(story, text) {
    const { cid } = this.keepAnswer(story, text);
    const { state, offer_talk: offer } = await this.call('story.answer', { story, cid, text });
    this.keepAnswer(story, '');
    this.answered = { story, cid, state, offer: Boolean(offer) };
  }

  async report(body) {
    await this.call('story.report', body);
  }

  async readMine() {
    await Promise.all([this.readOwn({}, []), this.readGiven()]);
  }

  /** What one wrote to others and where it stands; where it cannot be read, what is held stays. */
  async readGiven() {
    await this.readGivenFrom({}, []).catch(() => {});
  }

  async readMoreGiven() {
    const { answers } = this.given;
    await this.readGivenFrom({ before: answers[answers.length - 1].at }, answers);
  }

  async readGivenFrom(body, before) {
    const page = await this.call('story.given', body);
    this.given = { answers: [...before, ...page.answers], more: page.more };
    this.onChange();
  }

  async takeBack(cid) {
    const { answer } = await this.call('story.take_back', { answer: cid });
    const answers = this.given.answers.map((one) => (one.cid === cid ? answer : one));
    this.given = { ...this.given, answers };
    this.onChange();
  }

  async readMoreMine() {
    const { stories, more, state } = this.mine;
    if (!more || state === 'loading') return;
    await this.readOwn({ before: stories[stories.length - 1].at }, stories);
  }

  async readOwn(body, before) {
    this.setMine({ state: 'loading', problem: '' });
    try {
      const page = await this.call('story.mine', body);
      const held = new Set(before.map(({ story }) => story));
      const fresh = page.stories.filter(({ story }) => !held.has(story));
      this.setMine({ stories: [...before, ...fresh], more: page.more, state: 'ready' });
    } catch (error) {
      this.setMine({ state: 'failed', problem: error.message });
    }
  }

  setMine(change) {
    this.mine = { ...this.mine, ...change };
    this.onChange();
  }

  /** The offered wording is made public, and no other: the version says which was seen. */
  async agree({ story, version }) {
    this.hear((await this.call('story.agree', { story, version })).story);
  }

  async withdraw(story) {
    this.hear((await this.call('story.withdraw', { story })).story);
    this.drafts.drop(story);
  }

  /** Goes into the talk with the story as its card; the talk is the chat page's then. */
  async talk(story) {
    await this.call('story.talk', { story });
  }

  /** The same with words that were written to somebody else's; without a cid, those sent last. */
  async talkAboutAnswer(cid = this.answered.cid) {
    await this.call('story.talk', { answer: cid });
  }

  onDraft(story, isSent) {
    if (isSent) this.sent = story;
    this.hear(story);
  }

  /** An answer about one of one's own; an older one never replaces a newer. */
  hear(story) {
    const { stories } = this.mine;
    const held = stories.find((one) => one.story === story.story);
    if (held && held.version > story.version) return;
    const next = held
      ? stories.map((one) => (one.story === story.story ? story : one))
      : [story, ...stories];
    this.setMine({ stories: next });
  }
}

/** Drops from this device what was being written. */
function forgetStories(store) {
  store.remove(DRAFTS);
  store.remove(ANSWERS);
}

module.exports = { Stories, forgetStories };
