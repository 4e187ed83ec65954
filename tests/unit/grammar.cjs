/** Reads sources as JSON from standard input, and tells for each why the renderer refuses it, or ''. */
const { parse } = require('../../miniprogram_schema/weapp/renderer/grammar.js');

function reason(source) {
  try {
    parse(source);
    return '';
  } catch (error) {
    return error.reason || `${error.name}: ${error.message}`;
  }
}

const sources = JSON.parse(require('fs').readFileSync(0, 'utf8'));
process.stdout.write(JSON.stringify(sources.map(reason)));
