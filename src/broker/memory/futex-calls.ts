import type { Code } from '../../errors.ts';
import type { TaskId } from '../../kernel/index.ts';
import { decodeFields, type Frame, FUTEX_FLAG } from '../../wire/index.ts';
import type { Memory } from './memory.ts';
import type { VmCall } from './vm-calls.ts';
import type { Grant } from './waiting-calls.ts';

export type FutexCall = Extract<VmCall, `vm_futex_${string}`>;

export function isFutexCall(kind: VmCall): kind is FutexCall {
  return kind.startsWith('vm_futex_');
}

type Io = { bytes: number; isWrite: boolean; buffer: () => Uint8Array };
/** Makes a call that may have to wait, until `timeoutMs` (null: for as long as it takes) is over. */
type Wait = (
  io: Io,
  begin: (call: number) => Code | 'waiting',
  done: (code: Code, buffer: Uint8Array, grant: Grant | undefined) => void,
  timeoutMs: number | null,
) => void;

/** Part I of the seed: futexes are had by messages to the task port, as all that is about memory (pager.md §2.1). */
export function handleFutexCall(
  kind: FutexCall,
  frame: Frame,
  task: TaskId,
  memory: Memory,
  { wait, answer }: { wait: Wait; answer: (code: Code, reply?: object) => void },
): void {
  const { futexes } = memory.vm;
  const done = (code: Code): void => answer(code);
  switch (kind) {
    case 'vm_futex_lock': {
      const { address, flags, msec } = decodeFields(kind, frame.body);
      const locked = (code: Code, _: Uint8Array, grant: Grant | undefined): void => answer(code, grant ?? {});
      const noQueue = has(flags, FUTEX_FLAG.NOQUEUE);
      return wait(NO_BYTES, (call) => futexes.lock(task, call, address, noQueue).code, locked, timeoutOf(flags, msec));
    }
    case 'vm_futex_unlock': {
      const { address, gen } = decodeFields(kind, frame.body);
      const { code } = futexes.unlock(task, address, gen);
      // First: the next owner may lock in place as long as it likes, and who has unlocked would wait behind it for a core of the machine.
      answer(code);
      return memory.carryOut();
    }
    case 'vm_futex_consistent': {
      const { address, gen } = decodeFields(kind, frame.body);
      const { code } = futexes.consistent(task, address, gen);
      memory.carryOut();
      return answer(code);
    }
    case 'vm_futex_fenced': {
      const { address, gen } = decodeFields(kind, frame.body);
      return wait(NO_BYTES, (call) => futexes.fenced(task, call, address, gen).code, done, null);
    }
    case 'vm_futex_wait': {
      const { address, v1, v2, flags, msec } = decodeFields(kind, frame.body);
      const what = { v1, v2, quad: has(flags, FUTEX_FLAG.QUAD), shared: has(flags, FUTEX_FLAG.SHARED) };
      return wait(NO_BYTES, (call) => futexes.wait(task, call, address, what).code, done, timeoutOf(flags, msec));
    }
    case 'vm_futex_wake': {
      const { address, value, flags } = decodeFields(kind, frame.body);
      const what = {
        all: has(flags, FUTEX_FLAG.BROADCAST),
        mutates: has(flags, FUTEX_FLAG.MUTATE),
        shared: has(flags, FUTEX_FLAG.SHARED),
      };
      const buffer = (): Uint8Array => {
        const bytes = Buffer.alloc(4);
        bytes.writeUInt32LE(value);
        return bytes;
      };
      const io = { bytes: 4, isWrite: true, buffer };
      return wait(io, (call) => futexes.wake(task, call, address, what).code, done, null);
    }
    case 'vm_futex_requeue': {
      const { flags, wakeOne, ...addresses } = decodeFields(kind, frame.body);
      const what = { all: has(flags, FUTEX_FLAG.BROADCAST), wakeOne, shared: has(flags, FUTEX_FLAG.SHARED) };
      return wait(NO_BYTES, (call) => futexes.requeue(task, call, addresses, what).code, done, null);
    }
  }
}

function has(flags: number, flag: number): boolean {
  return (flags & flag) !== 0;
}

function timeoutOf(flags: number, msec: number): number | null {
  return has(flags, FUTEX_FLAG.TIMED) ? msec : null;
}

const NO_BYTES: Io = { bytes: 0, isWrite: false, buffer: () => new Uint8Array(0) };
