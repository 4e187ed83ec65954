// Choosing pictures: a file input, and each picture drawn anew, which makes it small and leaves behind
// where and when it was taken. `tempFilePath` is a data URL: the pages' policy allows no blob: address.
// A place cannot be chosen in a browser (there is no map): wx.chooseLocation is undefined, and blocks
// that look for it with wx.canIUse ask for words.

import { api } from './promise.js';
import { firstSmallEnough } from '../../../components/photo-picker/shrink.js';

const MOST = 9;

export const chooseMedia = api('chooseMedia', async ({ count = MOST, mediaType = ['image'] }) => {
  if (!mediaType.includes('image')) throw new Error('only pictures can be chosen in a browser');
  const files = await chosen(count > 1);
  const pictures = [];
  for (const file of files.slice(0, count)) pictures.push(await drawnAnew(file));
  const tempFiles = pictures.map((tempFilePath) => ({
    tempFilePath,
    fileType: 'image',
    size: Math.floor((tempFilePath.length - tempFilePath.indexOf(',') - 1) * 0.75),
  }));
  return { type: 'image', tempFiles };
});

function chosen(several) {
  return new Promise((resolve, reject) => {
    const input = document.createElement('input');
    Object.assign(input, { type: 'file', accept: 'image/*', multiple: several, hidden: true });
    const done = (settle) => {
      input.remove();
      settle();
    };
    input.addEventListener('change', () => done(() => resolve([...input.files])));
    input.addEventListener('cancel', () => done(() => reject(new Error('cancel'))));
    document.body.append(input);
    input.click();
  });
}

async function drawnAnew(file) {
  const picture = await createImageBitmap(file).catch(() => {
    throw new Error('这张图片打不开，换一张试试。');
  });
  const canvas = document.createElement('canvas');
  return firstSmallEnough(picture, ({ width, height }, quality) => {
    Object.assign(canvas, { width, height });
    const pen = canvas.getContext('2d');
    // What was clear becomes white: JPEG knows no clearness and would make it black.
    pen.fillStyle = '#ffffff';
    pen.fillRect(0, 0, width, height);
    pen.drawImage(picture, 0, 0, width, height);
    return canvas.toDataURL('image/jpeg', quality);
  });
}
