/**
 * Makes a picture small enough to be sent, and with that leaves behind what a camera writes into it:
 * where and when it was taken. It is drawn anew, first large and fine, then smaller and coarser.
 */
/** Bytes of the picture; the server takes 307,200. */
const MOST_BYTES = 300000;
const STEPS = [
  { side: 1600, quality: 0.8 }, { side: 1280, quality: 0.7 }, { side: 1024, quality: 0.6 },
  { side: 800, quality: 0.5 }, { side: 640, quality: 0.4 },
];
const TOO_LARGE = '这张图片太大了，换一张试试。';
const UNREADABLE = '这张图片打不开，换一张试试。';

const contentOf = (dataUrl) => dataUrl.slice(dataUrl.indexOf(',') + 1);
const bytesOf = (dataUrl) => Math.floor(contentOf(dataUrl).length * 0.75);

/** Width and height so that neither is above `side`. */
function fitted({ width, height }, side) {
  const share = Math.min(1, side / Math.max(width, height));
  return { width: Math.max(Math.round(width * share), 1), height: Math.max(Math.round(height * share), 1) };
}

/**
 * The first of the steps that is small enough.
 *
 * @param {{width: number, height: number}} size
 * @param {function({width: number, height: number}, number): string} drawn gives a data URL
 * @returns {string}
 */
function firstSmallEnough(size, drawn) {
  for (const { side, quality } of STEPS) {
    const picture = drawn(fitted(size, side), quality);
    if (bytesOf(picture) <= MOST_BYTES) return picture;
  }
  throw new Error(TOO_LARGE);
}

/** @param {any} canvas @param {string} path @returns {Promise<any>} the picture, loaded */
function loaded(canvas, path) {
  return new Promise((resolve, reject) => {
    const picture = canvas.createImage();
    picture.onload = () => resolve(picture);
    picture.onerror = () => reject(new Error(UNREADABLE));
    picture.src = path;
  });
}

/**
 * @param {string} path of a picture that was chosen; in a browser it is drawn anew already
 * @returns {Promise<string>} a data URL
 */
async function shrunk(path) {
  if (path.startsWith('data:')) return path;
  /** @type {any} */
  const canvas = wx.createOffscreenCanvas({ type: '2d', width: 1, height: 1 });
  const picture = await loaded(canvas, path);
  return firstSmallEnough(picture, ({ width, height }, quality) => {
    Object.assign(canvas, { width, height });
    canvas.getContext('2d').drawImage(picture, 0, 0, width, height);
    return canvas.toDataURL('image/jpeg', quality);
  });
}

module.exports = { MOST_BYTES, STEPS, bytesOf, contentOf, firstSmallEnough, fitted, shrunk };
