export const PAGE = 4096;

/**
 * Every page once, in an order in which none follows the one before it.
 *
 * @param {number} count
 * @param {number} i
 */
export function scattered(count, i) {
  return (i * 7919 + 13) % count;
}

/**
 * Each page begins with its own number.
 *
 * @param {Uint8Array} bytes
 * @param {number} page
 */
export function checkPage(bytes, page) {
  const found = Buffer.from(bytes.buffer, bytes.byteOffset, 4).readUInt32LE();
  if (found !== page) throw new Error(`page ${page} is ${found}`);
}
