import type { Handlers } from 'easync';

import {
  type File,
  given,
  givenBytes,
  givenFlag,
  givenInteger,
  givenMode,
  givenTimes,
  MAX_READ,
  MAX_WRITE,
  type OpenHow,
  type Path,
  refusing,
  systemError,
} from '../vfs/index.ts';
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
    read(args) {
      const { offset, length } = given('read', args);
      givenInteger('read', 'offset', offset, Number.MAX_SAFE_INTEGER);
      givenInteger('read', 'length', length, MAX_READ);
      return at('read', ({ content }) => {
        if (access === 'write') throw systemError('EBADF');
        return content.read(offset, length);
      });
    },
    write(args) {
      const { offset, data } = given('write', args);
      const bytes = givenBytes('write', data, MAX_WRITE);
      if (offset !== null) givenInteger('write', 'offset', offset, Number.MAX_SAFE_INTEGER);
      return at('write', (node) => {
        if (access === 'read') throw systemError('EBADF');
        return tree.write(node, append || offset === null ? node.content.size : offset, bytes);
      });
    },
    truncate(args) {
      const { length } = given('truncate', args);
      givenInteger('truncate', 'length', length, Number.MAX_SAFE_INTEGER);
      at('truncate', (node) => {
        if (access === 'read') throw systemError('EINVAL');
        tree.truncate(node, length);
      });
    },
    sync(args) {
      givenFlag('sync', 'dataOnly', given('sync', args).dataOnly);
      at('sync', () => undefined);
    },
    stat: () => at('stat', attributesOf),
    chmod(args) {
      const { mode } = given('chmod', args);
      givenMode('chmod', mode);
      at('chmod', (node) => tree.chmod(node, mode));
    },
    utimes(args) {
      const times = givenTimes('utimes', given('utimes', args));
      at('utimes', (node) => tree.utimes(node, times));
    },
  };
  return { handlers: { ...handlers, close: () => at('close', close) }, close };
}
