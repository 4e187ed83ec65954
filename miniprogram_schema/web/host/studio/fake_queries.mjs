// Queries that ask nobody: each has the face that the studio says, and what it did not name is ready and
// empty.

const READY = { state: 'ready', data: null, error: null, loading: false };

export class FakeQueries {
  constructor({ onChange }) {
    this.onChange = onChange;
    this.pretended = {};
    this.names = [];
    this.results = {};
  }

  pretend(queries, isNews = false) {
    this.pretended = queries;
    this.arrange();
    if (isNews) this.onChange();
  }

  define(definitions) {
    this.names = Object.keys(definitions);
    this.arrange();
  }

  arrange() {
    const faceOf = (name) => {
      const face = { ...READY, ...this.pretended[name] };
      return { ...face, loading: face.state === 'loading' };
    };
    this.results = Object.fromEntries(this.names.map((name) => [name, faceOf(name)]));
  }

  runChanged() {}

  run() {}

  stop() {}
}
