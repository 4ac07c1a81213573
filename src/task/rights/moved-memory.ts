import { IpcError } from '../../errors.ts';
import { hasMoved } from '../../link/spare-memory.ts';
import { isDetached } from '../../wire/body-grade.ts';
import { eachObject } from './rights-in.ts';

/** Arrays that `move` made and that no message has taken away, or brought, yet. */
const MOVED = new WeakSet<Uint8Array>();
/** How many there are. Mostly none: then nobody has to look for them. */
let count = 0;
const NEVER_SENT = new FinalizationRegistry<void>(() => void (count -= 1));

/** See `move`. */
export function moveMemory(bytes: Uint8Array): Uint8Array {
  const { buffer } = bytes;
  if (!(buffer instanceof ArrayBuffer)) throw refusal('shared memory has other users', 'send a copy of it');
  if (isDetached(buffer)) throw refusal('it was given away before', 'use what it was moved to');
  if (bytes.length !== buffer.byteLength) {
    throw refusal(
      `they are ${bytes.length} bytes of a buffer of ${buffer.byteLength}, whose other users would lose theirs`,
      'move Uint8Array.from(bytes), or have Buffer.allocUnsafeSlow make them',
    );
  }
  const memory = transferred(buffer);
  if (memory === undefined) {
    throw refusal("its owner (Buffer's pool, WebAssembly) does not let go of it", 'move Uint8Array.from(bytes)');
  }
  unmark(bytes);
  const moved = new Uint8Array(memory);
  MOVED.add(moved);
  NEVER_SENT.register(moved, undefined, moved);
  count += 1;
  return moved;
}

/** Whether the message that these bytes go into takes them away. */
export function isMoved(bytes: Uint8Array): boolean {
  return count > 0 && MOVED.has(bytes);
}

/** The message leaves. Whoever has the array finds it dead; the memory is answered. */
export function memoryLeaves(moved: Uint8Array): Uint8Array {
  const buffer = moved.buffer as ArrayBuffer;
  unmark(moved);
  return new Uint8Array(transferred(buffer) ?? buffer.slice());
}

/** What was moved has come where it was moved to: should it be sent on, it is an array like any other. */
export function memoryArrives(body: unknown): void {
  if (count === 0) return;
  eachObject(body, (object) => {
    if (object instanceof Uint8Array) unmark(object);
  });
}

function unmark(bytes: Uint8Array): void {
  if (!MOVED.delete(bytes)) return;
  NEVER_SENT.unregister(bytes);
  count -= 1;
}

/** Undefined for memory that its owner keeps: systems differ in whether they say so, or copy it. */
function transferred(buffer: ArrayBuffer): ArrayBuffer | undefined {
  try {
    const moved = structuredClone(buffer, { transfer: [buffer] });
    if (!isDetached(buffer)) return undefined;
    hasMoved(buffer, moved);
    return moved;
  } catch {
    return undefined;
  }
}

function refusal(why: string, what: string): IpcError {
  return new IpcError('EINVAL', `move: this memory cannot be moved: ${why}; ${what}`, { op: 'move' });
}
