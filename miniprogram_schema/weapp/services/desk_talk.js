/**
 * What staff may ask for at the desk. Each wish is one request, and whoever asks shows its refusal
 * where it was asked; what the answer brings stands on screen before the next poll.
 */
const { DeskLine } = require('./desk_line.js');
const { newCid } = require('./random.js');

/** How often the list of follow-ups is read by itself, in ms: it changes by the day. */
const FOLLOW_UPS_EVERY = 5 * 60000;

class DeskTalk extends DeskLine {
  /** @param {any} parts those of DeskLine */
  constructor(parts) {
    super(parts);
    this.followUps = [];
    /** Whether the server has more of them than what is held. */
    this.hasMoreFollowUps = false;
    this.followUpsAt = null;
    /** Notices to the outside that were given up; only a supervisor is told of any. */
    this.letters = [];
    this.offeredCard = null;
  }

  async setStatus(status) {
    this.meet(await this.call('desk.status', { status }));
  }

  /** @param {{automatic: boolean, skills: string[]}} wishes how talks come; the status stays */
  async setDuty({ automatic, skills }) {
    this.meet(await this.call('desk.status', { status: this.me.status, automatic, skills }));
    this.refresh();
  }

  /** Keeps the member's yes to one message of WeChat's about the next alert. */
  async allowNotice() {
    this.meet(await this.call('desk.allow_notice', { cid: newCid() }));
  }

  /** The name teens see; in WeChat they see it once it was checked. */
  async rename(name) {
    await this.call('account.rename', { name });
    this.refresh();
  }

  /** Steps away; everything in hand waits again, with the note for whoever takes it. */
  async endShift(note) {
    this.meet(await this.call('desk.end_shift', { note }));
    this.open('');
  }

  async readLost() {
    this.meet(await this.call('desk.read_lost', {}));
  }

  /** In the background leases are to hold for five minutes. Nobody looks, so a failure is not told. */
  async toBackground() {
    if (this.phase !== 'ready') return;
    await this.call('desk.background', {}).catch(() => {});
  }

  /** Claims the next waiting talk and opens it. @returns {Promise<boolean>} whether there was one */
  async next() {
    const data = await this.call('desk.next', {});
    if (!data.conversation) return false;
    this.comeIn(data);
    return true;
  }

  /** Takes a talk that a colleague offers, and opens it. */
  async accept(conversation) {
    const data = await this.call('desk.accept', { conversation });
    this.offers = this.offers.filter((offer) => offer.conversation !== conversation);
    this.comeIn(data);
  }

  async decline(conversation, reason) {
    this.meet(await this.call('desk.decline', { conversation, reason }));
    this.offers = this.offers.filter((offer) => offer.conversation !== conversation);
    this.refresh();
  }

  comeIn(data) {
    this.open(data.conversation.id);
    this.take(data);
  }

  /**
   * Gives the open talk to a tier or offers it to a person. Only a cold hand-over to a tier takes it
   * out of the giver's hands at once: an offer is theirs until it is accepted.
   *
   * @param {{tier?: string, person?: string, warm: boolean, note: string}} wish
   */
  async handOver(wish) {
    await this.call('desk.hand_over', { conversation: this.openId, ...wish });
    if (wish.tier && !wish.warm) this.open('');
    else this.refresh();
  }

  /** @returns {Promise<object[]>} whom a talk can be offered to now */
  async colleagues() {
    return (await this.call('desk.colleagues', {})).colleagues;
  }

  /** A guest goes; whoever answers for the talk stays. */
  async leaveTalk() {
    await this.call('desk.leave_talk', { conversation: this.openId });
    this.open('');
  }

  /** @param {number=} seq the message that was read wrongly */
  async setRisk(level, reason, seq) {
    const body = { conversation: this.openId, level, reason };
    if (seq) body.seq = seq;
    this.see((await this.call('desk.set_risk', body)).conversation);
    this.refresh();
  }

  /** A small exercise for the teen; asked again for the same, after a lost reply, it is one card. */
  async sendCard(exercise) {
    const { openId, offeredCard } = this;
    const isAgain = offeredCard && offeredCard.conversation === openId && offeredCard.exercise === exercise;
    const card = isAgain ? offeredCard : { conversation: openId, cid: newCid(), exercise };
    this.offeredCard = card;
    this.take(await this.call('desk.send_card', card));
    this.offeredCard = null;
    this.loop.kick();
  }

  async close(form) {
    await this.call('desk.close', { conversation: this.openId, form });
    this.followUpsAt = null;
    this.open('');
  }

  /** Brings the form of a talk that ended by silence; whatever is open stays open. */
  async writeUp(conversation, form) {
    await this.call('desk.close', { conversation, form });
    this.writeUps = this.writeUps.filter((one) => one.conversation !== conversation);
    this.followUpsAt = null;
    this.refresh();
  }

  async acknowledge(conversation, alert) {
    this.watch(await this.call('desk.acknowledge', { conversation, alert }));
  }

  /** The talk goes with the last alert of it that was one's own, where one is in it for that alone. */
  async closeAlert(conversation, alert, reason) {
    this.watch(await this.call('desk.close_alert', { conversation, alert, reason }));
    const stays = this.alerts.some((one) => one.mine && one.conversation === conversation);
    const { openId, conversation: talk } = this;
    if (openId === conversation && talk && talk.watching && !stays) this.open('');
  }

  /** Reads the list anew from its beginning, as far as it was read before. */
  async loadFollowUps() {
    this.followUpsAt = this.clock.now();
    const wanted = this.followUps.length;
    let page = await this.call('desk.follow_ups', {});
    let found = page.follow_ups;
    while (page.more && found.length < wanted) {
      page = await this.pageAfter(found);
      found = [...found, ...page.follow_ups];
    }
    this.follow(found, page.more);
  }

  /** Reads the next page; whatever a reading anew has brought meanwhile is not doubled. */
  async moreFollowUps() {
    const page = await this.pageAfter(this.followUps);
    const held = new Set(this.followUps.map(({ conversation }) => conversation));
    const fresh = page.follow_ups.filter(({ conversation }) => !held.has(conversation));
    this.follow([...this.followUps, ...fresh], page.more);
  }

  pageAfter(found) {
    return this.call('desk.follow_ups', { after: found[found.length - 1].due_at });
  }

  /** The answer is the first page only, so what was read beyond it stays. */
  async followUpDone(conversation, reason) {
    await this.call('desk.follow_up_done', { conversation, reason });
    const left = this.followUps.filter((one) => one.conversation !== conversation);
    this.follow(left, this.hasMoreFollowUps);
    if (!left.length && this.hasMoreFollowUps) await this.loadFollowUps();
  }

  /** Opens a closed talk again, to look after its teen. */
  async reopen(conversation) {
    this.comeIn(await this.call('desk.reopen', { conversation }));
    this.followUpsAt = null;
  }

  async loadLetters() {
    this.readLetters(await this.call('desk.outbox', {}));
  }

  /** Has one tried once more; in vain, the next polls bring it back. */
  async retryLetter(key) {
    this.readLetters(await this.call('desk.outbox_retry', { key }));
  }

  async closeLetter(key, reason) {
    this.readLetters(await this.call('desk.outbox_close', { key, reason }));
  }

  hear(data) {
    const answer = super.hear(data);
    // A poll tells how many there are; as with the follow-ups, a list that cannot be read comes later.
    if ((data.letters || 0) !== this.letters.length) this.loadLetters().catch(() => {});
    const isOld = this.followUpsAt === null || this.clock.now() - this.followUpsAt >= FOLLOW_UPS_EVERY;
    // Nobody waits for this list: where it cannot be read now, it is read with a later poll.
    if (isOld) this.loadFollowUps().catch(() => {});
    return answer;
  }

  meet({ me }) {
    this.me = me;
    this.onChange();
  }

  watch({ alerts }) {
    this.alerts = alerts;
    this.onChange();
  }

  readLetters({ letters }) {
    this.letters = letters;
    this.onChange();
  }

  follow(followUps, more) {
    this.followUps = followUps;
    this.hasMoreFollowUps = Boolean(more);
    this.onChange();
  }
}

module.exports = { DeskTalk };
