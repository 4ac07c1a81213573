/**
 * pager-file: files of the host as memory objects, each checked in under a name.
 *
 * A page is read when somebody needs it, and written when a broker returns it: because somebody wants a `sync`, because the
 * broker needs room, or because nobody maps the object any more. The bytes that are written are those that were returned; what
 * tasks write meanwhile is returned later. Reads and writes are synchronous on purpose, as in hostfs: they are copies from and
 * to the page cache. A flush waits for the medium, and others are served meanwhile.
 *
 * An object has the bytes that its file had when it was opened, and the file keeps its length: in the last page what lies
 * beyond is zeros, and is not written. What happens to the file from outside is told of, or seen, as docs/pagers.md says.
 */
import { definePager } from 'easync/pager';

import { FileStore } from './file-store.ts';
import { openFile } from './open-file.ts';
import { checkOptions } from './options.ts';

export type { PagerFileOptions, ServedFile } from './options.ts';

export default definePager(async (env) => {
  const opened = new Set<string>();
  for (const { name, ...file } of checkOptions(env.options)) {
    const { fd, size, identity } = openFile(file, opened);
    await env.object(name, new FileStore(fd, { path: file.path, size, identity, readOnly: file.readOnly }));
  }
  return {};
});
