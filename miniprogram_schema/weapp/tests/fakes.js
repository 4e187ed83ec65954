/** A clock that only moves when told, a store in memory, and a server that can be switched off. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

class FakeClock {
  constructor() {
    this.time = 1000;
    this.timers = [];
  }

  now() {
    return this.time;
  }

  later(run, delay) {
    const timer = { run, at: this.time + delay };
    this.timers.push(timer);
    return timer;
  }

  cancel(timer) {
    this.timers = this.timers.filter((one) => one !== timer);
  }

  /** Lets `ms` pass, running what comes due, with the promises in between. */
  async pass(ms) {
    const end = this.time + ms;
    for (;;) {
      for (let i = 0; i < 20; i += 1) await settle();
      const due = this.timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.cancel(due);
      this.time = Math.max(this.time, due.at);
      due.run();
    }
    this.time = end;
  }
}

function fakeStore(values = {}) {
  return {
    values,
    get: (key) => (key in values ? JSON.parse(values[key]) : undefined),
    set: (key, value) => { values[key] = JSON.stringify(value); },
    remove: (key) => { delete values[key]; },
  };
}

const fault = (code) => Object.assign(new Error(code), { code });

/** One talk of a teen, as the server keeps it. Switches: `down`, `losesReplies` (a count). */
class FakeServer {
  constructor() {
    this.messages = [];
    this.calls = [];
    this.down = false;
    this.losesReplies = 0;
    this.state = 'open';
    this.id = 'c1';
    this.waiting = null;
    this.notice = '';
    this.notices = [];
    this.closing = [];
  }

  call = async (action, body, { onTask } = {}) => {
    this.calls.push(action);
    let aborted = false;
    if (onTask) onTask({ abort: () => { aborted = true; } });
    await settle();
    if (aborted) throw fault('aborted');
    if (this.down) throw fault('offline');
    const answer = this[action.split('.')[1]](body);
    if (action === 'chat.send' && this.losesReplies > 0) {
      this.losesReplies -= 1;
      throw fault('timeout');
    }
    return answer;
  };

  push(from, text, cid) {
    const seq = this.messages.length + 1;
    this.messages.push({ seq, cid: cid || `s${seq}`, from, kind: 'text', text, at: seq });
  }

  view(after = 0) {
    const { id, state, waiting, notice } = this;
    const conversation = { id, state, waiting, notice, speaker: 'ai', seq: this.messages.length };
    return { conversation, messages: this.messages.filter((one) => one.seq > after), more: false };
  }

  enter() {
    if (this.state === 'closed') Object.assign(this, { state: 'open', id: 'c2', messages: [] });
    return this.view();
  }

  poll({ after }) {
    return this.view(after);
  }

  send({ cid, text, after }) {
    const held = this.messages.find((one) => one.cid === cid);
    if (!held && this.state === 'closed') throw fault('closed');
    if (!held) this.push('teen', text, cid);
    return this.view(after);
  }

  ask_person({ after }) {
    if (this.state === 'closed') throw fault('closed');
    this.waiting = { since: 1, position: 1, minutes: 5 };
    return this.view(after);
  }

  allow_notice({ cid }) {
    this.notices.push(cid);
    this.notice = '';
    return this.view(this.messages.length);
  }

  leave({ conversation }) {
    this.closing.push(conversation);
    this.state = 'closed';
    return this.view();
  }
}

module.exports = { FakeClock, FakeServer, fakeStore, fault, settle };
