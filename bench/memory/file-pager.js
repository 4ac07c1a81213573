// A file as a memory object, as plain as it gets: read on demand.
import { fstatSync, openSync, readSync } from 'node:fs';
import { definePager } from '../../dist/src/pager/index.js';

export default definePager((env) => {
  const { path } = /** @type {{ path: string }} */ (env.options);
  const fd = openSync(path, 'r');
  const store = {
    size: fstatSync(fd).size,
    read(/** @type {number} */ offset, /** @type {number} */ length) {
      const bytes = Buffer.allocUnsafeSlow(length);
      return bytes.subarray(0, readSync(fd, bytes, 0, length, offset));
    },
  };
  return { objects: { file: store } };
});
