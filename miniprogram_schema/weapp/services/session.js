/**
 * Who this device is to the server.
 *
 * A device secret is made once and kept; it is the whole identity, so nobody gives a name. Teen and
 * staff have separate secrets: a listener who also talks as a teen cannot be recognised by it.
 * The local clock is never trusted to judge a token's age: the server's 401 is.
 */
const SIGN_IN = { teen: 'account.sign_in', staff: 'account.staff_sign_in' };

class Session {
  /**
   * @param {object} parts
   * @param {'teen'|'staff'} parts.kind
   * @param {function(string, object): Promise<object>} parts.post the bare wire
   * @param {object} parts.store
   * @param {function(): Promise<string>} parts.newSecret
   */
  constructor({ kind, post, store, newSecret }) {
    this.kind = kind;
    this.post = post;
    this.store = store;
    this.newSecret = newSecret;
    this.held = store.get(`session.${kind}`) || null;
    this.underway = null;
  }

  /** {role, name?, id?} of who is signed in, or null. */
  who() {
    return this.held;
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
    return this.held ? this.held.token : this.renew(null);
  }

  /** A token other than `refused`. Callers that are refused together share one sign-in. */
  async renew(refused) {
    if (this.held && this.held.token !== refused) return this.held.token;
    if (!this.underway) {
      this.underway = this.signIn().finally(() => {
        this.underway = null;
      });
    }
    return this.underway;
  }

  async signIn() {
    const device = await this.device();
    return this.keep(await this.post(SIGN_IN[this.kind], { device }));
  }

  /** First sign-in of a listener or counsellor, with the invitation a coordinator gave. */
  async join(invitation, name) {
    const device = await this.device();
    return this.keep(await this.post('account.join', { invitation, device, name }));
  }

  forget() {
    this.held = null;
    this.store.remove(`session.${this.kind}`);
  }

  keep({ token, role, id, name }) {
    this.held = { token, role, id, name };
    this.store.set(`session.${this.kind}`, this.held);
    return token;
  }
}

module.exports = { Session };
