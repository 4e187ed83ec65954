const { apiBase } = require('./config.js');
const { createServices } = require('./services/index.js');

App({
  onLaunch() {
    this.services = createServices(wx, apiBase);
  },
});
