/**
 * The whole staff as those who lead see it: who belongs to it, by what they come in, and what is done
 * about somebody who leaves or has lost their phone.
 */
const LEADS = ['coordinator', 'supervisor'];

class StaffBook {
  /** @param {any} parts `call`, `session` and `onChange` of the staff */
  constructor({ call, session, onChange }) {
    Object.assign(this, { call, session, onChange, members: [], more: false, sought: '', asked: 0 });
  }

  /** Whether this is somebody who leads; nothing here is for others. */
  get isOpen() {
    const held = this.session.who();
    return Boolean(held) && LEADS.includes(held.role);
  }

  get me() {
    return this.session.who().id;
  }

  /** Reads those whose name holds `sought`, from the first on. */
  async read(sought = this.sought) {
    this.sought = sought;
    await this.page('', []);
  }

  async readMore() {
    const last = this.members[this.members.length - 1];
    await this.page(last ? last.id : '', this.members);
  }

  /** An answer that a later question overtook is dropped. */
  async page(after, before) {
    this.asked += 1;
    const mine = this.asked;
    const { members, more } = await this.call('account.staff', { sought: this.sought, after });
    if (mine === this.asked) this.show([...before, ...members], more);
  }

  show(members, more) {
    Object.assign(this, { members, more });
    this.onChange();
  }

  async dismiss(id) {
    await this.call('desk.dismiss', { member: id });
    this.show(this.members.filter((one) => one.id !== id), this.more);
  }

  async resetFactor(id) {
    const fresh = await this.call('account.reset_second_factor', { member: id });
    this.show(this.members.map((one) => (one.id === id ? fresh : one)), this.more);
  }

  enrolFactor() {
    return this.session.enrolFactor();
  }

  async showFactor(code) {
    await this.session.showFactor(code);
    await this.read();
  }
}

module.exports = { StaffBook };
