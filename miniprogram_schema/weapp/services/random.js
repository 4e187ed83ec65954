/**
 * Secrets and identifiers made on the device.
 *
 * The device secret is all that proves whose talk it is, so its bytes come from the system wherever
 * the system offers them: `wx.getRandomValues`, then Web Crypto. Only a client with neither falls
 * back to Math.random; shutting such a child out would be the greater harm.
 */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-';
const SECRET_LENGTH = 48;

/** @returns {Promise<Uint8Array>} */
function randomBytes(wx, length) {
  return new Promise((resolve) => {
    if (typeof wx.getRandomValues !== 'function') {
      resolve(otherBytes(length));
      return;
    }
    wx.getRandomValues({
      length,
      success: (answer) => resolve(new Uint8Array(answer.randomValues)),
      fail: () => resolve(otherBytes(length)),
    });
  });
}

function otherBytes(length) {
  const bytes = new Uint8Array(length);
  // @ts-ignore: Web Crypto is the browser's; WeChat's typings do not know it.
  const webCrypto = typeof crypto === 'undefined' ? null : crypto;
  if (webCrypto && webCrypto.getRandomValues) return webCrypto.getRandomValues(bytes);
  return bytes.map(() => Math.floor(Math.random() * 256));
}

/** @returns {Promise<string>} 48 characters of the cid alphabet, 6 bits each */
async function newSecret(wx) {
  const bytes = await randomBytes(wx, SECRET_LENGTH);
  return Array.from(bytes, (byte) => ALPHABET[byte % ALPHABET.length]).join('');
}

let count = 0;

/** The id of one message: unique on this device, 8–64 characters of `A-Z a-z 0-9 _ -`. */
function newCid() {
  count += 1;
  const chance = Math.random().toString(36).slice(2, 12);
  return `m${Date.now().toString(36)}-${count.toString(36)}-${chance}`;
}

module.exports = { newSecret, newCid };
