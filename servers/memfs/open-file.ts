import type { Handlers } from 'easync';

import { systemError, refusing } from '../vfs/refusal.ts';
import { type File, MAX_READ, MAX_WRITE, type OpenHow, type Path } from '../vfs/index.ts';
import { attributesOf, type FileNode } from './inode.ts';
import type { Tree } from './tree.ts';

type OpenFile = { handlers: Handlers<(typeof File)['routines']>; close: () => void };

/** One open file and the handlers of its port. It holds the content until `close`, after which every call is refused, EBADF. */
export function openFile(tree: Tree, path: Path, opened: FileNode, how: OpenHow): OpenFile {
  let file: FileNode | null = opened;
  const { access = 'read', append = false } = how;

  const at = <T>(operation: string, use: (file: FileNode) => T): T =>
    refusing(operation, path, () => {
      if (file === null) throw systemError('EBADF');
      return use(file);
    });

  const close = (): void => {
    if (file === null) return;
    tree.release(file);
    file = null;
  };

  const handlers: Omit<Handlers<(typeof File)['routines']>, 'close'> = {
    read: ({ offset, length }) =>
      at('read', ({ content }) => {
        if (access === 'write') throw systemError('EBADF');
        requireOffset(offset);
        requireSize(length, MAX_READ);
        return content.read(offset, length);
      }),
    write: ({ offset, data }) =>
      at('write', (node) => {
        if (access === 'read') throw systemError('EBADF');
        if (!(data instanceof Uint8Array)) throw systemError('EINVAL');
        requireSize(data.length, MAX_WRITE);
        const start = append || offset === null ? node.content.size : offset;
        requireOffset(start);
        if (start + data.length > Number.MAX_SAFE_INTEGER) throw systemError('EFBIG');
        return tree.write(node, start, data);
      }),
    truncate: ({ length }) =>
      at('ftruncate', (node) => {
        if (access === 'read') throw systemError('EINVAL');
        requireOffset(length);
        tree.truncate(node, length);
      }),
    sync: () => at('fsync', () => undefined),
    stat: () => at('fstat', attributesOf),
    chmod: ({ mode }) => at('fchmod', (node) => tree.chmod(node, requireMode(mode))),
    utimes: (times) => at('futime', (node) => tree.utimes(node, requireTimes(times))),
  };
  return { handlers: { ...handlers, close }, close };
}

/** @throws EINVAL */
export function requireMode(mode: unknown): number {
  if (!Number.isSafeInteger(mode)) throw systemError('EINVAL');
  return Number(mode);
}

/** @throws EINVAL */
export function requireTimes<T extends { atimeMs: unknown; mtimeMs: unknown }>(times: T): T {
  if (!Number.isFinite(times.atimeMs) || !Number.isFinite(times.mtimeMs)) throw systemError('EINVAL');
  return times;
}

function requireOffset(offset: number): void {
  if (!Number.isSafeInteger(offset) || offset < 0) throw systemError('EINVAL');
}

function requireSize(bytes: number, most: number): void {
  if (!Number.isSafeInteger(bytes) || bytes < 0 || bytes > most) throw systemError('EINVAL');
}
