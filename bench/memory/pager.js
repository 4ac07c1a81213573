// A pager that has all its pages in memory.
import { definePager } from '../../dist/src/pager/index.js';
import { PAGE } from './page.js';

export default definePager((env) => {
  const { size, futexes = {} } = /** @type {{ size: number; futexes?: object }} */ (env.options);
  const memory = Buffer.alloc(size);
  for (let at = 0; at < size; at += PAGE) memory.writeUInt32LE(at / PAGE, at);
  const store = {
    size,
    read: (/** @type {number} */ offset, /** @type {number} */ length) => memory.subarray(offset, offset + length),
    write: (/** @type {number} */ offset, /** @type {Uint8Array} */ bytes) => memory.set(bytes, offset),
    futexes,
  };
  return { objects: { memory: store } };
});
