import { VfsError } from './error.ts';
import type { OpenHow, Times } from './index.ts';

/**
 * Arguments are what the caller sent, whatever their type says. Each function answers what it was given, or refuses with
 * EINVAL and says what is wrong.
 */
export function given<T>(operation: string, args: T): T {
  if (typeof args === 'object' && args !== null) return args;
  throw invalid(operation, 'the arguments have to be an object');
}

/** The flags of an open that may contradict each other, with their defaults. */
export function givenHow(args: OpenHow): Required<OpenHow> {
  const access: unknown = args.access ?? 'read';
  if (access !== 'read' && access !== 'write' && access !== 'both') {
    throw invalid('open', "access has to be 'read', 'write' or 'both'");
  }
  const truncate = givenFlag('open', 'truncate', args.truncate);
  if (truncate && access === 'read') throw invalid('open', 'truncate needs access for writing');
  return {
    access,
    truncate,
    append: givenFlag('open', 'append', args.append),
    create: givenFlag('open', 'create', args.create),
    exclusive: givenFlag('open', 'exclusive', args.exclusive),
    mode: givenMode('open', args.mode ?? 0o666),
    follow: givenFlag('open', 'follow', args.follow),
  };
}

/** Of a flag that need not be given. */
export function givenFlag(operation: string, name: string, value: unknown): boolean {
  if (value === undefined) return false;
  if (typeof value !== 'boolean') throw invalid(operation, `${name} has to be true or false`);
  return value;
}

export function givenMode(operation: string, mode: unknown): number {
  return givenInteger(operation, 'mode', mode, 0o7777);
}

/** From 0 to `most`. */
export function givenInteger(operation: string, name: string, value: unknown, most: number): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= most) return value;
  throw invalid(operation, `${name} has to be a whole number from 0 to ${most}`);
}

export function givenTimes(operation: string, times: Times): Times {
  const { atimeMs, mtimeMs } = times;
  if (isTime(atimeMs) && isTime(mtimeMs)) return { atimeMs, mtimeMs };
  throw invalid(operation, 'atimeMs and mtimeMs have to be milliseconds that a Date can hold');
}

/** The bytes of one write. */
export function givenBytes(operation: string, data: unknown, most: number): Uint8Array {
  if (data instanceof Uint8Array && data.length <= most) return data;
  throw invalid(operation, `data has to be a Uint8Array of at most ${most} bytes`);
}

function isTime(ms: unknown): boolean {
  return typeof ms === 'number' && Math.abs(ms) <= 8.64e15;
}

function invalid(operation: string, what: string): VfsError {
  return new VfsError('EINVAL', operation, what);
}
