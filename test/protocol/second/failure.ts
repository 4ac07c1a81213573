import { Reader } from './bytes.ts';
import { KIND } from './kinds.ts';
import type { Frame } from './link.ts';
import { unpack } from './msgpack.ts';

const RAW = 0x100;
const FAILED = 0x200;

/** The code of what is no answer: a call that did not leave, or a reply that is an error. Undefined: it is one. */
export function failureOf({ kind, flags, body }: Frame): string | undefined {
  if (kind === KIND.sent) return new Reader(body).code();
  if ((flags & FAILED) === 0) return undefined;
  if ((flags & RAW) !== 0) return body.toString('latin1');
  const { error } = unpack(body.subarray(1)) as { error: { own: { code: string } } };
  return error.own.code;
}
