import { type ErrorCode, IpcError } from '../errors.ts';
import type { KernelPort } from './kernels.ts';

/** What a pager says to one kernel about those who sleep for something in an object: the answers to `SleepManager`, and what it tells itself. */
export class SleepControl {
  readonly #kernel: KernelPort;

  /** @internal */
  constructor(kernel: KernelPort) {
    this.#kernel = kernel;
  }

  /** Answers `interest`, once all other kernels have answered `interestElsewhere`. `code`: it is refused. */
  interestCompleted(
    offset: number,
    { reqId, domain, code = 0 }: { reqId: number; domain: number; code?: 0 | ErrorCode },
  ): void {
    mustBeWord('interestCompleted', offset);
    this.#kernel.send({ kind: 'memory_object_interest_completed', reqId, offset, domain, code });
  }

  /** Whether other kernels have sleepers there. Answered by `interestNoted` with this `reqId`; say no more about it before that. */
  interestElsewhere(offset: number, { reqId, domain, on }: { reqId: number; domain: number; on: boolean }): void {
    mustBeWord('interestElsewhere', offset);
    this.#kernel.send({ kind: 'memory_object_interest_elsewhere', reqId, offset, domain, on });
  }

  /** A task of another kernel wakes all sleepers, or one. Answered by `wokenCompleted` with this `reqId`. */
  woken(offset: number, { reqId, domain, one }: { reqId: number; domain: number; one: boolean }): void {
    mustBeWord('woken', offset);
    this.#kernel.send({ kind: 'memory_object_woken', reqId, offset, domain, one });
  }
}

/** @internal Whether there can be a futex, or something to sleep for. */
export function isWord(offset: number): boolean {
  return Number.isSafeInteger(offset) && offset >= 0 && offset % 4 === 0;
}

function mustBeWord(op: string, offset: number): void {
  if (isWord(offset)) return;
  throw new IpcError('EINVAL', `${op}: one sleeps for a multiple of 4, and ${offset} is none`, { op });
}
