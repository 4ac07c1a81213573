/**
 * hostfs: one directory of the host as a `Vfs`. It cannot be left (`sandbox.ts`).
 *
 * Handlers use synchronous calls on purpose. What they wait for is the page cache, microseconds; the threadpool of the
 * asynchronous calls costs more than that per hop, and a handler without `await` completes in place when the driver is
 * inline. Only `sync` waits for the medium by nature, and is asynchronous. Who serves slow disks or networks places the
 * driver in a thread or process.
 */
import { isAbsolute } from 'node:path';
import { threadId } from 'node:worker_threads';

import { defineDriver } from 'easync';

import {
  firstOf,
  File,
  given,
  givenFlag,
  givenHow,
  isPlainPath,
  Listing,
  type OpenHow,
  parsePath,
  refusing,
  Vfs,
  VfsError,
  type Path,
} from '../vfs/index.ts';
import { entryOf } from './attributes.ts';
import { fileHandlers } from './file-handlers.ts';
import { OpenFile } from './open-file.ts';
import { pathHandlers, type WithNames } from './path-handlers.ts';
import { type Opened, openSandbox } from './sandbox.ts';

export type HostfsOptions = {
  /** Absolute: the driver may run in a process with another working directory. */
  root: string;
  /** Refuses everything that would change something, with EROFS. Default: false. */
  readOnly?: boolean;
  /**
   * Lets clients set the bits setuid and setgid: whoever may then run the file is, to the host, the driver's user. Default:
   * false, such modes are refused with EPERM.
   */
  setuid?: boolean;
};

export default defineDriver(Vfs, (env) => {
  const { root, readOnly, setuid } = checkOptions(env.options);
  const sandbox = refusing('open', root, () => openSandbox(root));
  const open = new Set<OpenFile>();
  const maxPathBytes = PATH_MAX - 1 - Buffer.byteLength(root) - 1;

  env.onClose(() => {
    for (const file of open) release(file);
    sandbox.close();
  });

  const at: WithNames = (operation, path, use) =>
    refusing(operation, path, () => use(parsePath(path, operation, maxPathBytes)));

  const checkWritable = (operation: string, path: Path): void => {
    if (readOnly) throw new VfsError('EROFS', operation, path);
  };

  const openAt = (path: Path, how: Required<OpenHow>): Opened => {
    if (!how.create && how.access === 'read' && isPlainPath(path, maxPathBytes)) {
      const opened = refusing('open', path, () => sandbox.openPlain?.(path, how));
      if (opened !== undefined) return opened;
    }
    return at('open', path, (names) => {
      if (how.access !== 'read' || how.create) checkWritable('open', path);
      if (how.create) checkMode('open', path, how.mode);
      return sandbox.open(names, how);
    });
  };

  const checkMode = (operation: string, path: Path, mode: number): void => {
    if (!setuid && (mode & SETUID_SETGID) !== 0) throw new VfsError('EPERM', operation, path);
  };

  /** What the client wrote may be lost if closing fails, and there is nobody to tell but the log. */
  const release = (file: OpenFile): void => {
    try {
      file.release();
    } catch (error) {
      env.task.warn(`${env.name}: ${String(error)}`);
    }
  };

  return {
    ...pathHandlers(sandbox, at, checkWritable, checkMode),

    open(args) {
      const { path } = given('open', args);
      const how = givenHow(args);
      const { fd, stats } = openAt(path, how);
      const file = new OpenFile(fd, path, how.append);
      open.add(file);
      const onNoSenders = (): void => {
        open.delete(file);
        release(file);
      };
      const handlers = fileHandlers(file, {
        writable: (operation) => checkWritable(operation, path),
        mode: (mode) => checkMode('chmod', path, mode),
      });
      return { file: env.serve(File, handlers, { onNoSenders }).right(), size: stats.size };
    },

    readdir(args) {
      const { path, follow } = given('readdir', args);
      const isFollowed = givenFlag('readdir', 'follow', follow);
      const entries = at('readdir', path, (names) => sandbox.list(names, isFollowed)).map(entryOf);
      return firstOf(entries, (next) => env.serve(Listing, { next }).right());
    },

    where() {
      return { pid: process.pid, threadId };
    },
  };
});

/** The host's longest path, NUL included. Longer ones are refused here as the host would refuse them written out. */
const PATH_MAX = 4096;

/** Of a mode. */
const SETUID_SETGID = 0o6000;

function checkOptions(options: unknown): Required<HostfsOptions> {
  if (typeof options !== 'object' || options === null || !('root' in options)) throw new TypeError(OPTIONS_TEXT);
  const { root, readOnly = false, setuid = false }: { root: unknown; readOnly?: unknown; setuid?: unknown } = options;
  if (typeof root !== 'string' || !isAbsolute(root)) throw new TypeError(OPTIONS_TEXT);
  if (typeof readOnly !== 'boolean' || typeof setuid !== 'boolean') throw new TypeError(OPTIONS_TEXT);
  return { root, readOnly, setuid };
}

const OPTIONS_TEXT =
  'hostfs needs options { root }: the absolute path of the directory to serve; and may have { readOnly, setuid }: true or false';
