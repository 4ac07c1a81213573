import { constants } from 'node:fs';

import type { OpenHow } from '../vfs/index.ts';
import { outOfRange, requireInteger, wrongValue } from './wrong-call.ts';

/** Flags as the server takes them; with `sync` every write is followed by a sync. */
export type Flags = { readonly how: OpenHow; readonly sync: boolean };

/** @throws ERR_INVALID_ARG_VALUE, ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE */
export function flagsOf(flags: unknown, mode: unknown): Flags {
  const bits = flagBits(flags);
  const access = bits & ACCESS_BITS;
  const how: OpenHow = {
    access: access === O_WRONLY ? 'write' : access === O_RDWR ? 'both' : 'read',
    append: (bits & O_APPEND) !== 0,
    create: (bits & O_CREAT) !== 0,
    exclusive: (bits & O_EXCL) !== 0,
    truncate: (bits & O_TRUNC) !== 0,
    follow: (bits & O_NOFOLLOW) === 0,
    mode: modeOf(mode, 0o666),
  };
  return { how, sync: (bits & (O_SYNC | O_DSYNC)) !== 0 };
}

/** A file mode, a number or octal digits, without a type of file. @throws ERR_INVALID_ARG_VALUE, ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE */
export function modeOf(value: unknown, fallback?: number): number {
  const given = value ?? fallback;
  if (typeof given !== 'string') return requireInteger('mode', given, 0, 0xffff_ffff) & 0o7777;
  if (!/^[0-7]+$/.test(given)) throw wrongValue('mode', given, 'must be a 32-bit unsigned integer or an octal string');
  return Number.parseInt(given, 8) & 0o7777;
}

function flagBits(flags: unknown): number {
  if (flags === undefined || flags === null) return O_RDONLY;
  if (typeof flags === 'number') {
    if (Number.isInteger(flags) && Math.abs(flags) > 0x7fff_ffff) {
      throw outOfRange('flags', '>= -2147483648 && <= 2147483647', flags);
    }
    return requireInteger('flags', flags, -0x8000_0000, 0x7fff_ffff);
  }
  const bits = typeof flags === 'string' ? FLAGS.get(flags) : undefined;
  if (bits !== undefined) return bits;
  throw wrongValue('flags', flags);
}

const { O_APPEND, O_CREAT, O_DSYNC, O_EXCL, O_NOFOLLOW, O_RDONLY, O_RDWR, O_SYNC, O_TRUNC, O_WRONLY } = constants;

const ACCESS_BITS = O_WRONLY | O_RDWR;
const WRITE = O_TRUNC | O_CREAT;
const APPEND = O_APPEND | O_CREAT;

const FLAGS: ReadonlyMap<string, number> = new Map([
  ['r', O_RDONLY],
  ['rs', O_RDONLY | O_SYNC],
  ['sr', O_RDONLY | O_SYNC],
  ['r+', O_RDWR],
  ['rs+', O_RDWR | O_SYNC],
  ['sr+', O_RDWR | O_SYNC],
  ['w', O_WRONLY | WRITE],
  ['wx', O_WRONLY | WRITE | O_EXCL],
  ['xw', O_WRONLY | WRITE | O_EXCL],
  ['w+', O_RDWR | WRITE],
  ['wx+', O_RDWR | WRITE | O_EXCL],
  ['xw+', O_RDWR | WRITE | O_EXCL],
  ['a', O_WRONLY | APPEND],
  ['ax', O_WRONLY | APPEND | O_EXCL],
  ['xa', O_WRONLY | APPEND | O_EXCL],
  ['as', O_WRONLY | APPEND | O_SYNC],
  ['sa', O_WRONLY | APPEND | O_SYNC],
  ['a+', O_RDWR | APPEND],
  ['ax+', O_RDWR | APPEND | O_EXCL],
  ['xa+', O_RDWR | APPEND | O_EXCL],
  ['as+', O_RDWR | APPEND | O_SYNC],
  ['sa+', O_RDWR | APPEND | O_SYNC],
]);
