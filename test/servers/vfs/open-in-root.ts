import { constants as fsConstants } from 'node:fs';
import { constants, endianness } from 'node:os';

import { native } from '../../../src/os/native.ts';

/** openat2(2) with RESOLVE_IN_ROOT: how Linux itself walks a path whose root is the directory `root`. A descriptor, or the error's name. */
export function openInRoot(root: number, path: string, follow: boolean): number | string {
  const { koffi } = native();
  if (koffi === undefined || endianness() !== 'LE') throw new Error('needs koffi, on a machine of little endian');
  const syscall = koffi.load(null).func('long syscall(long number, int fd, str path, void *how, size_t size)');
  const how = Buffer.alloc(24);
  how.writeBigUInt64LE(BigInt(O_PATH | (follow ? 0 : fsConstants.O_NOFOLLOW)), 0);
  how.writeBigUInt64LE(BigInt(RESOLVE_IN_ROOT), 16);
  for (;;) {
    const fd = Number(syscall(OPENAT2, root, path === '' ? '.' : path, how, how.length));
    if (fd >= 0) return fd;
    const code = Object.entries(constants.errno).find(([, number]) => number === koffi.errno())?.[0] ?? 'unknown';
    // The kernel asks to be asked again when somebody, anywhere, renamed while it went up by a `..`.
    if (code !== 'EAGAIN') return code;
  }
}

/** The same number on every architecture, as are all system calls added since 2019. */
const OPENAT2 = 437;
const RESOLVE_IN_ROOT = 0x10;
const O_PATH = 0o10000000;
