/**
 * The queries of a page: what each last gave, and when to ask again. A query of trigger `auto` is
 * asked when the page opens and whenever what it asks for has changed.
 *
 * Result: {state: 'idle'|'loading'|'ready'|'failed', data, error: {message, hint}|null, loading}. What
 * was read stays in `data` while it is read anew or could not be.
 */
const { isPlain } = require('./values.js');

const IDLE = { state: 'idle', data: null, error: null, loading: false };
const isSaid = (value) => value !== undefined && value !== null && value !== '';

/** What is left empty is not asked for, as if it was not there. */
const spoken = (params) => Object.fromEntries(Object.entries(params).filter(([, value]) => isSaid(value)));

class Queries {
  /**
   * @param {object} parts
   * @param {(action: string, params: object) => Promise<object>} parts.call
   * @param {(params: object, where: string) => object} parts.evaluated params with their ':x' evaluated
   * @param {() => void} parts.onChange
   */
  constructor({ call, evaluated, onChange }) {
    Object.assign(this, { call, evaluated, onChange });
    /** @type {{[name: string]: any}} */
    this.definitions = {};
    /** @type {{[name: string]: any}} */
    this.results = {};
    this.turns = {};
    this.asked = {};
    this.stopped = false;
  }

  /** Takes the queries of a page; what is defined as before keeps what it gave. */
  define(definitions) {
    const same = (name) => JSON.stringify(this.definitions[name]) === JSON.stringify(definitions[name]);
    const names = Object.keys(definitions);
    const stay = new Set(names.filter((name) => this.results[name] && same(name)));
    this.results = Object.fromEntries(names.map((name) => [name, stay.has(name) ? this.results[name] : IDLE]));
    this.asked = Object.fromEntries(Object.entries(this.asked).filter(([name]) => stay.has(name)));
    names.filter((name) => !stay.has(name)).forEach((name) => { this.turns[name] = (this.turns[name] || 0) + 1; });
    this.definitions = definitions;
  }

  stop() {
    this.stopped = true;
  }

  /** Asks what was not asked yet, or not with these parameters. */
  runChanged() {
    Object.keys(this.definitions).filter((name) => this.definitions[name].trigger !== 'manual').forEach((name) => {
      if (this.asked[name] !== JSON.stringify(this.paramsOf(name))) this.run(name);
    });
  }

  paramsOf(name) {
    const { method } = this.definitions[name];
    const params = isPlain(method) && isPlain(method.params) ? method.params : {};
    return spoken(this.evaluated(params, name));
  }

  /** Asks now, whatever was asked before. @returns {Promise<void>} */
  async run(name) {
    if (!this.definitions[name]) return;
    const params = this.paramsOf(name);
    this.asked[name] = JSON.stringify(params);
    this.turns[name] = (this.turns[name] || 0) + 1;
    const mine = this.turns[name];
    this.set(name, { ...this.results[name], state: 'loading', loading: true });
    const result = await this.answerTo(name, params);
    if (mine === this.turns[name] && !this.stopped) this.set(name, { ...this.results[name], ...result, loading: false });
  }

  async answerTo(name, params) {
    const { method, dataSourceName = 'actions' } = this.definitions[name];
    try {
      if (dataSourceName !== 'actions' || !isPlain(method)) throw new Error('');
      const data = await this.call(String(method.name), params);
      return { state: 'ready', data, error: null };
    } catch (error) {
      return { state: 'failed', error: { message: error.message || '暂时读不到。', hint: error.hint || '' } };
    }
  }

  set(name, result) {
    this.results = { ...this.results, [name]: result };
    this.onChange();
  }
}

module.exports = { IDLE, Queries };
