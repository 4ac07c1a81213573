import { removeAll } from './directories.ts';
import { fsError, isRefusal } from './errors.ts';
import { modeOf } from './flags.ts';
import { encodedPath, flagOf, millisecondsOf, optionsOf } from './options.ts';
import type { Server, VfsStub } from './server.ts';
import { requireLinkName, requireNamedDirectory, requireNameFor } from './slash.ts';
import { BigIntStats, Stats } from './stats.ts';
import { type Target, targetOf } from './target.ts';
import { requireInteger, wrongLinkType } from './wrong-call.ts';

/** The methods about one path or two, each a call or few. */
export function pathMethods(server: Server) {
  const statOf = async (
    syscall: string,
    path: unknown,
    given: unknown,
    follow: boolean,
  ): Promise<Stats | BigIntStats> => {
    const options = optionsOf(given);
    const target = targetOf(path);
    const attributes = await server.ask(syscall, target, (vfs) =>
      vfs.stat({ path: target.path, follow: follow || target.slash }),
    );
    return options['bigint'] === true ? new BigIntStats(attributes) : new Stats(attributes);
  };
  const setTimes = async (
    syscall: string,
    path: unknown,
    atime: unknown,
    mtime: unknown,
    follow: boolean,
  ): Promise<void> => {
    const target = targetOf(path);
    const times = { atimeMs: millisecondsOf(atime), mtimeMs: millisecondsOf(mtime) };
    await server.ask(syscall, target, (vfs) =>
      vfs.utimes({ path: target.path, follow: follow || target.slash, ...times }),
    );
  };

  /** Of calls on the name itself, which a link is not followed from. */
  const named = (syscall: string, target: Target, call: (vfs: VfsStub) => void | Promise<void>, dest?: Target) =>
    server.ask(syscall, target, call, dest, requireNamedDirectory(DOT_CODES[syscall] ?? 'EINVAL'));

  return {
    stat: async (path: unknown, options?: unknown) => statOf('stat', path, options, true),
    lstat: async (path: unknown, options?: unknown) => statOf('lstat', path, options, false),
    utimes: async (path: unknown, atime: unknown, mtime: unknown) => setTimes('utime', path, atime, mtime, true),
    lutimes: async (path: unknown, atime: unknown, mtime: unknown) => setTimes('lutime', path, atime, mtime, false),

    async access(path: unknown, given: unknown = 0): Promise<void> {
      const target = targetOf(path);
      const mode = requireInteger('mode', given, 0, 7);
      await server.ask('access', target, (vfs) => vfs.access({ path: target.path, mode }));
    },

    async chmod(path: unknown, given: unknown): Promise<void> {
      const target = targetOf(path);
      const mode = modeOf(given);
      await server.ask('chmod', target, (vfs) => vfs.chmod({ path: target.path, mode }));
    },

    async unlink(path: unknown): Promise<void> {
      const target = targetOf(path);
      await named('unlink', target, (vfs) => vfs.unlink({ path: target.path }));
    },

    async rmdir(path: unknown, given?: unknown): Promise<void> {
      const options = optionsOf(given);
      const target = targetOf(path);
      if (flagOf(options, 'recursive') && (await removeTree(server, target, 'stat'))) return;
      await named('rmdir', target, (vfs) => vfs.rmdir({ path: target.path }));
    },

    async rm(path: unknown, given?: unknown): Promise<void> {
      const options = optionsOf(given);
      const target = targetOf(path);
      const force = flagOf(options, 'force');
      const recursive = flagOf(options, 'recursive');
      try {
        if (recursive && (await removeTree(server, target, 'lstat'))) return;
        const { type } = await server.ask('lstat', target, (vfs) =>
          vfs.stat({ path: target.path, follow: target.slash }),
        );
        if (type === 'directory') throw isADirectory(target);
        await server.ask('unlink', target, (vfs) => vfs.unlink({ path: target.path }));
      } catch (error) {
        if (!force || !isRefusal(error, 'ENOENT')) throw error;
      }
    },

    async rename(oldPath: unknown, newPath: unknown): Promise<void> {
      const from = targetOf(oldPath, 'oldPath');
      const to = targetOf(newPath, 'newPath');
      const rename = async (vfs: VfsStub): Promise<void> => {
        await requireNameFor(vfs, from, to);
        await vfs.rename({ from: from.path, to: to.path });
      };
      await named('rename', from, rename, to);
    },

    async symlink(given: unknown, path: unknown, type?: unknown): Promise<void> {
      if (type !== undefined && type !== null && !LINK_TYPES.has(type)) {
        throw wrongLinkType(type);
      }
      const target = targetOf(given, 'target');
      const link = targetOf(path);
      const shown = { path: target.shown, dest: link.shown };
      if (target.isEmpty || link.isEmpty) throw fsError('ENOENT', 'symlink', shown);
      // The target is text that is kept as it was given, so nothing is made of it here.
      const text = given instanceof URL ? target.shown : (given as string | Uint8Array);
      const make = (vfs: VfsStub): void | Promise<void> => vfs.symlink({ target: text, path: link.path });
      await server.ask('symlink', target, make, link, (vfs) => requireLinkName(vfs, link));
    },

    async readlink(path: unknown, given?: unknown): Promise<string | Buffer> {
      const options = optionsOf(given);
      const target = targetOf(path, 'oldPath');
      const answer = await server.ask('readlink', target, (vfs) => {
        // A directory by now, so what is to be read is no link.
        if (target.slash) throw fsError('EINVAL', 'readlink');
        return vfs.readlink({ path: target.path });
      });
      return encodedPath(answer.target, options);
    },

    async realpath(path: unknown, given?: unknown): Promise<string | Buffer> {
      const options = optionsOf(given);
      const target = targetOf(path);
      const real = await server.ask('realpath', target, (vfs) => vfs.realpath({ path: target.path }));
      return encodedPath(rooted(real.path), options);
    },
  };
}

/**
 * What `rm` and `rmdir` do with a directory when told to go down: answers whether it was one. `syscall` is `stat` where a link
 * to a directory counts as one, and it is the link that goes. With a slash the link stays as well, as Node has it.
 */
async function removeTree(server: Server, target: Target, syscall: 'stat' | 'lstat'): Promise<boolean> {
  const follow = target.slash || syscall === 'stat';
  const { type } = await server.ask(syscall, target, (vfs) => vfs.stat({ path: target.path, follow }));
  if (type !== 'directory') return false;
  if (target.dot) throw fsError('EINVAL', 'rmdir', { path: target.shown });
  const named = { ...target, slash: false };
  const own = follow ? await server.ask('lstat', named, (vfs) => vfs.stat({ path: target.path })) : { type };
  if (own.type === 'directory') await removeAll(server, named);
  else if (!target.slash) await server.ask('unlink', target, (vfs) => vfs.unlink({ path: target.path }));
  return true;
}

/** What the system says to those that would take its name from a directory, which is there as `.`. */
const DOT_CODES: Readonly<Record<string, string>> = { unlink: 'EISDIR', rmdir: 'EINVAL', rename: 'EBUSY' };

const LINK_TYPES: ReadonlySet<unknown> = new Set(['dir', 'file', 'junction']);

function rooted(path: Target['path']): Target['path'] {
  return typeof path === 'string' ? `/${path}` : Buffer.concat([Buffer.from('/'), path]);
}

/** Node's wording, and its codes beside each other. */
function isADirectory({ shown }: Target): Error {
  const text = `Path is a directory: rm returned EISDIR (is a directory) ${shown}`;
  const info = { code: 'EISDIR', message: 'is a directory', path: shown, syscall: 'rm', errno: 21 };
  const error = Object.assign(new Error(text), { code: 'ERR_FS_EISDIR', info, errno: 21, syscall: 'rm', path: shown });
  return Object.defineProperty(error, 'name', { value: 'SystemError', configurable: true, writable: true });
}
