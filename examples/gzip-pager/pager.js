// Serves a gzip file as memory that holds what is in it: a page is decompressed when somebody needs it. gzip is read forwards
// only: we go on where we stopped, and begin anew for what lies before. What was read, the broker keeps.
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { definePager } from 'easync/pager';

export default definePager(async ({ options: { name, path } }) => {
  const unzipped = () => pipeline(createReadStream(path), createGunzip(), () => {})[Symbol.asyncIterator]();
  let size = 0; // The file knows it only modulo 4 GiB; and who looks at all of it knows that it is whole.
  for await (const bytes of unzipped()) size += bytes.length;

  let chunks, chunk;
  let start = Infinity; // of the chunk
  async function read(offset, length) {
    if (offset < start) {
      await chunks?.return();
      [chunks, chunk, start] = [unzipped(), Buffer.alloc(0), 0];
    }
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length;) {
      const part = chunk.subarray(offset + done - start, offset + length - start);
      bytes.set(part, done);
      done += part.length;
      if (done < length) await next();
    }
    return bytes;
  }
  async function next() {
    const end = start + chunk.length;
    start = Infinity; // should this fail
    const { value, done } = await chunks.next();
    if (done) throw new Error(`${path} has become shorter`);
    [chunk, start] = [value, end];
  }

  let last = Promise.resolve();
  const inTurn = (work) => (last = last.catch(() => {}).then(work));
  return { objects: { [name]: { size, read: (offset, length) => inTurn(() => read(offset, length)) } } };
});
