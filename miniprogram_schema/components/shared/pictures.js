/**
 * Where a picture of a page may come from: the package itself, or the page's own text as data. Another
 * server would learn who looks at which page, so an address elsewhere shows nothing. The service refuses
 * the same when a page is published.
 */
const AS_DATA = /^data:image\/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+={0,2}$/;
const IN_PACKAGE = /^\/?[\w-]+(\/[\w.-]+)*\.(png|jpe?g|gif|webp|svg)$/;

/** Height as a share of the width, for the box that waits for the picture. */
const RATIOS = { '1:1': 100, '4:3': 75, '3:2': 66.67, '16:9': 56.25, '3:1': 33.33 };

/** @param {any} source @returns {string} the source where it may be shown, else nothing */
function safeSource(source) {
  if (typeof source !== 'string') return '';
  if (AS_DATA.test(source)) return source;
  if (!IN_PACKAGE.test(source) || source.includes('..')) return '';
  return source.startsWith('/') ? source : `/${source}`;
}

/** @returns {number} per cent of the width; 0 where the picture has its own height */
const heightOf = (ratio) => (Object.prototype.hasOwnProperty.call(RATIOS, ratio) ? RATIOS[ratio] : 0);

module.exports = { RATIOS, heightOf, safeSource };
