import { IpcError } from '../errors.ts';
import type { SharedWords } from './shared-words.ts';

/** A window on nameless memory that several processes share. Offsets are bytes from the window's start. */
export interface SharedMemory extends Disposable {
  readonly bytes: number;
  /** The window itself, for compare-exchange, until it is disposed: then another's may lie there. Null where it is not mapped. */
  readonly words: SharedWords | null;
  /** A u32, 4-aligned, sequentially consistent with other loads and stores. */
  load(at: number): number;
  store(at: number, value: number): void;
  read(at: number, target: Uint8Array): void;
  write(at: number, source: Uint8Array): void;
}

/** @throws IpcError EINVAL: no 4-aligned word lies there */
export function checkWord(memory: SharedMemory, at: number): void {
  if (at >= 0 && at <= memory.bytes - 4 && at % 4 === 0) return;
  throw new IpcError(
    'EINVAL',
    `there is no word at ${at}: words are 4-aligned, and the window has ${memory.bytes} bytes`,
    {
      object: 'shared memory',
    },
  );
}

/** @throws IpcError EINVAL: not all of these bytes lie inside */
export function checkSpan(where: { readonly bytes: number }, at: number, bytes: number): void {
  if (Number.isSafeInteger(at) && Number.isSafeInteger(bytes) && at >= 0 && bytes >= 0 && at <= where.bytes - bytes)
    return;
  throw new IpcError('EINVAL', `${bytes} bytes at ${at} do not lie inside the ${where.bytes} bytes there are`, {
    object: 'shared memory',
  });
}

export function released(what: string): IpcError {
  return new IpcError('ERELEASED', `${what} was disposed; map it again if you still need it`, { object: what });
}
