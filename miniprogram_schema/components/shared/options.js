/** Options as a coordinator writes them: one a line. */

/** @param {any} text @returns {string[]} without empty lines and the space around them */
const optionsOf = (text) => String(text || '').split('\n').map((line) => line.trim()).filter(Boolean);

module.exports = { optionsOf };
