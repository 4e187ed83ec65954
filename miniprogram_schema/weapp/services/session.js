/**
 * Who this phone is to the server.
 *
 * In WeChat a person comes in by `wx.login`; in a browser by a device secret that is made once and
 * kept. Nobody gives a name. Teen and staff are apart: a listener who also talks as a teen cannot be
 * recognised by it. The local clock is never trusted to judge a token's age: the server's 401 is.
 *
 * A teen is let in by the device whenever WeChat is of no help, so a fault of WeChat never stands
 * between a child and a talk. The device is told at every sign-in by WeChat, so it opens the same
 * account; where it had to go first, the account is bound to WeChat as soon as WeChat answers.
 *
 * Staff come by WeChat wherever they once did: a phone of theirs is no second door beside it.
 */
const { ApiError } = require('./api.js');

const ACTIONS = {
  teen: { device: 'account.sign_in', wechat: 'account.wechat_sign_in' },
  staff: { device: 'account.staff_sign_in', wechat: 'account.staff_wechat_sign_in' },
};
/** A token lives two hours; one that is an hour old is exchanged while it is still good. */
const RENEW_AFTER = 60 * 60000;
/** How often it is tried to bind an account that the device had to open. */
const BIND_EVERY = 5 * 60000;
/** How long a teen waits for WeChat before the device opens the door, in ms. */
const PATIENCE = 4000;
/** The server knows no mini-program, or nobody by this WeChat account: the device may still be known. */
const NOT_BY_WECHAT = ['not_found', 'unauthenticated'];

const NO_CODE = { code: 'offline', message: '微信现在连不上，正在再试。' };
const FACTOR = { code: 'second_factor', message: '还差第二步验证。', status: 403 };

class Session {
  /**
   * @param {object} parts
   * @param {'teen'|'staff'} parts.kind
   * @param {function(string, object, object=): Promise<object>} parts.post the bare wire
   * @param {object} parts.store
   * @param {function(): Promise<string>} parts.newSecret
   * @param {(function(): Promise<string>)=} parts.loginCode a fresh code of wx.login, '' where there is none
   * @param {{now: function(): number}=} parts.clock
   */
  constructor({ kind, post, store, newSecret, loginCode = async () => '', clock = { now: () => 0 } }) {
    Object.assign(this, { kind, post, store, newSecret, loginCode, clock });
    this.held = store.get(`session.${kind}`) || null;
    this.underway = null;
    this.boundAt = clock.now();
  }

  /** {role, name?, id?} of who is signed in, or null. */
  who() {
    return this.held;
  }

  /** What is still asked of whoever leads: '' | enrol | code. */
  get needs() {
    return (this.held && this.held.needs) || '';
  }

  async device() {
    const key = `device.${this.kind}`;
    const known = this.store.get(key);
    if (known) return known;
    const made = await this.newSecret();
    this.store.set(key, made);
    return made;
  }

  /** The token in hand, or a new one. Rejects with an ApiError. */
  async token() {
    if (!this.held) return this.renew(null);
    if (this.needs) throw new ApiError(FACTOR);
    this.freshen();
    return this.held.token;
  }

  /** A token other than `refused`. Callers that are refused together share one sign-in. */
  async renew(refused) {
    if (this.held && this.held.token !== refused) return this.token();
    if (!this.underway) {
      this.underway = this.signIn().finally(() => {
        this.underway = null;
      });
    }
    await this.underway;
    if (this.needs) throw new ApiError(FACTOR);
    return this.held.token;
  }

  signIn() {
    return this.kind === 'teen' ? this.teenIn() : this.staffIn();
  }

  async teenIn() {
    const device = await this.device();
    try {
      if (await this.byWeChat({ device }, { timeout: PATIENCE })) return;
    } catch (error) {
      // Whatever it was, the child comes in first.
    }
    this.keep(await this.post(ACTIONS.teen.device, { device }));
  }

  async staffIn() {
    try {
      if (await this.byWeChat({}, {})) return;
    } catch (error) {
      if (!NOT_BY_WECHAT.includes(error.code) || this.isBound) throw error;
    }
    if (this.isBound) throw new ApiError(NO_CODE);
    this.keep(await this.post(ACTIONS.staff.device, { device: await this.device() }));
  }

  /**
   * A code that is refused may have grown old on its way: the first time that is no failure yet.
   *
   * @returns {Promise<boolean>} false where there is no WeChat to ask
   */
  async byWeChat(body, options) {
    for (const isLast of [false, true]) {
      const code = await this.loginCode();
      if (!code) return false;
      try {
        this.keep(await this.post(ACTIONS[this.kind].wechat, { ...body, code }, options), true);
        return true;
      } catch (error) {
        if (error.code !== 'unauthenticated' || isLast) throw error;
      }
    }
    return false;
  }

  /** Whether this person is known to come by WeChat here. */
  get isBound() {
    return Boolean(this.store.get(`wechat.${this.kind}`));
  }

  /** Quietly, beside whatever is being asked: nobody waits for it and its failure is not told. */
  freshen() {
    const now = this.clock.now();
    const isOld = Math.abs(now - (this.held.at || 0)) >= RENEW_AFTER;
    const isLoose = this.kind === 'teen' && !this.isBound && now - this.boundAt >= BIND_EVERY;
    if (!isOld && !isLoose) return;
    this.boundAt = now;
    (isOld ? this.exchange() : this.bind()).catch(() => {});
  }

  async exchange() {
    const { token } = this.held;
    // Whatever comes of it, the next try is an hour away: a token that is too old is the 401's matter.
    // Set before the answer, so that callers together ask once.
    this.held.at = this.clock.now();
    const answer = await this.post('account.renew', {}, { token });
    if (this.holds(token)) this.keep(answer);
  }

  /** The account that the device opened becomes the WeChat account's too; a talk never changes hands. */
  async bind() {
    const { id, token } = this.held;
    const [device, code] = [await this.device(), await this.loginCode()];
    if (!code) return;
    const answer = await this.post(ACTIONS.teen.wechat, { device, code }, { timeout: PATIENCE });
    if (answer.id === id && this.holds(token)) this.keep(answer, true);
  }

  /** Whether nobody signed in or out meanwhile. */
  holds(token) {
    return Boolean(this.held) && this.held.token === token;
  }

  /** First sign-in of a listener or counsellor, with the invitation a coordinator gave. */
  async join(invitation, name) {
    const code = await this.loginCode();
    if (code) {
      try {
        this.keep(await this.post('account.join', { invitation, code, name }), true);
        return;
      } catch (error) {
        if (error.code !== 'not_found') throw error;
      }
    }
    this.keep(await this.post('account.join', { invitation, device: await this.device(), name }));
  }

  /** @returns {Promise<{secret: string, uri: string}>} a new second factor, to be shown once */
  enrolFactor() {
    return this.ask('account.enrol_second_factor', {});
  }

  /** @param {string} code six digits; with the right ones the session is whole */
  async showFactor(code) {
    this.keep(await this.ask('account.show_second_factor', { code }));
  }

  /** As whoever is half in; a token that grew old over the form is exchanged once. */
  async ask(action, body) {
    const { token } = this.held;
    try {
      return await this.post(action, body, { token });
    } catch (error) {
      if (error.code !== 'unauthenticated') throw error;
      await this.signIn();
      return this.post(action, body, { token: this.held.token });
    }
  }

  forget() {
    this.held = null;
    this.store.remove(`session.${this.kind}`);
  }

  keep({ token, role, id, name, needs = '' }, byWeChat = false) {
    this.held = { token, role, id, name, needs, at: this.clock.now() };
    this.store.set(`session.${this.kind}`, this.held);
    if (byWeChat) this.store.set(`wechat.${this.kind}`, true);
  }
}

module.exports = { Session };
