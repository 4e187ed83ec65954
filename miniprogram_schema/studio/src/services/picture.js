/** A picture of a file as a data address that fits into a text property (5,000 characters). */
const LONGEST = 5000;
const SIDES = [240, 160, 120, 96, 72, 48];
const QUALITIES = [0.7, 0.5, 0.3];

/** @param {File} file @returns {Promise<string>} */
export async function fitting(file) {
  const image = await createImageBitmap(file);
  for (const side of SIDES) {
    for (const quality of QUALITIES) {
      const text = drawn(image, side, quality);
      if (text.length <= LONGEST) return text;
    }
  }
  throw new Error('too large');
}

function drawn(image, side, quality) {
  const scale = Math.min(1, side / Math.max(image.width, image.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(image.width * scale));
  canvas.height = Math.max(1, Math.round(image.height * scale));
  canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL('image/webp', quality);
}
