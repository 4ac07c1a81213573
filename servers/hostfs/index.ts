/**
 * hostfs: one directory of the host as a `Vfs`, for reading. It cannot be left (`sandbox.ts`).
 *
 * Handlers use synchronous calls on purpose. What they wait for is the page cache, microseconds; the threadpool of the
 * asynchronous calls costs more than that per hop, and a handler without `await` completes in place when the driver is
 * inline. Who reads from slow disks or networks places the driver in a thread or process.
 */
import { isAbsolute } from 'node:path';
import { threadId } from 'node:worker_threads';

import { defineDriver } from 'easync';

import { type Entry, File, Listing, type Path, Vfs } from '../vfs/index.ts';
import { attributesOf, entryOf } from './attributes.ts';
import { parsePath } from '../vfs/names.ts';
import { OpenFile } from './open-file.ts';
import { refusing } from '../vfs/refusal.ts';
import { openSandbox } from './sandbox.ts';

export type HostfsOptions = {
  /** Absolute: the driver may run in a process with another working directory. */
  root: string;
};

export default defineDriver(Vfs, (env) => {
  const { root } = checkOptions(env.options);
  const sandbox = refusing('open', root, () => openSandbox(root));
  const open = new Set<OpenFile>();
  const maxPathBytes = PATH_MAX - 1 - Buffer.byteLength(root) - 1;

  env.onClose(() => {
    for (const file of open) file.close();
    sandbox.close();
  });

  const at = <T>(operation: string, path: Path, use: (names: Buffer[]) => T): T =>
    refusing(operation, path, () => use(parsePath(path, operation, maxPathBytes)));

  return {
    open({ path }) {
      const { fd, stats } = at('open', path, (names) => sandbox.open(names));
      const file = new OpenFile(fd, path);
      open.add(file);
      const onNoSenders = (): void => {
        open.delete(file);
        file.close();
      };
      const service = env.serve(
        File,
        { ...notYetFile, read: ({ offset, length }) => file.read(offset, length), stat: () => file.stat() },
        { onNoSenders },
      );
      return { file: service.right(), size: stats.size };
    },

    readdir({ path }) {
      const entries = at('readdir', path, (names) => sandbox.list(names)).map(entryOf);
      if (entries.length <= ENTRIES_PER_REPLY) return { entries, rest: null };
      const first = entries.splice(0, ENTRIES_PER_REPLY);
      const next = (): Entry[] => entries.splice(0, ENTRIES_PER_REPLY);
      return { entries: first, rest: env.serve(Listing, { next }).right() };
    },

    stat({ path }) {
      return attributesOf(at('stat', path, (names) => sandbox.stat(names)));
    },

    ...notYet,

    where() {
      return { pid: process.pid, threadId };
    },
  };
});

/** Keeps a reply with names of the greatest length (255 bytes) well below a frame. */
const ENTRIES_PER_REPLY = 4096;

/** The host's longest path, NUL included. Longer ones are refused here as the host would refuse them written out. */
const PATH_MAX = 4096;

function checkOptions(options: unknown): HostfsOptions {
  if (typeof options !== 'object' || options === null || !('root' in options)) throw new TypeError(OPTIONS_TEXT);
  const { root } = options;
  if (typeof root !== 'string' || !isAbsolute(root)) throw new TypeError(OPTIONS_TEXT);
  return { root };
}

const OPTIONS_TEXT = 'hostfs needs options { root }: the absolute path of the directory to serve';

const no = (): never => {
  throw new Error('not yet');
};
const notYet = {
  access: no,
  readlink: no,
  realpath: no,
  mkdir: no,
  rmdir: no,
  unlink: no,
  rename: no,
  symlink: no,
  chmod: no,
  utimes: no,
};
const notYetFile = { write: no, truncate: no, sync: no, chmod: no, utimes: no, close: no };
