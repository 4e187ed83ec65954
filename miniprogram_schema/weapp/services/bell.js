/** Whether something new was said in the talk while another page was looked at. */
const { Watched } = require('./watched.js');

class Bell extends Watched {
  constructor() {
    super();
    this.rings = false;
  }

  set(rings) {
    if (this.rings === rings) return;
    this.rings = rings;
    this.changed();
  }
}

module.exports = { Bell };
