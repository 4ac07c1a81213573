import type { Code } from '../../errors.ts';
import { NULL_NAME, type TaskId } from '../../kernel/index.ts';
import type { ObjectId } from '../../vm/types.ts';
import { decodeFields, type Frame, type KernelCall } from '../../wire/index.ts';
import type { Broker } from '../broker.ts';
import { handleFutexCall, isFutexCall } from './futex-calls.ts';
import { type Memory, NOWHERE } from './memory.ts';
import type { Grant } from './waiting-calls.ts';

export type VmCall = Extract<KernelCall, `vm_${string}`>;

export function isVmCall(kind: KernelCall): kind is VmCall {
  return kind.startsWith('vm_');
}

/** Tells the caller how its call ended. */
type Answer = (code: Code, reply?: object) => void;

/** What a task may ask of the kernel's memory. Calls that need pages answer when they are there. */
export class VmCalls {
  readonly #broker: Broker;
  readonly #memory: Memory;
  readonly #caller: TaskId;
  /** Calls that wait, by the caller's number for each, or one below 0 where no answer is wanted. */
  readonly #waiting = new Map<number, { call: number; aborted: Code }>();
  #waitingBytes = 0;
  #lastUnanswered = 0;

  constructor(broker: Broker, memory: Memory, caller: TaskId) {
    this.#broker = broker;
    this.#memory = memory;
    this.#caller = caller;
  }

  /** Makes the call on the task whose task port descriptor 0 names, or on the caller. */
  handle(kind: VmCall, frame: Frame, answer: Answer): void {
    const { kernel } = this.#broker;
    const memory = this.#memory;
    const task = kernel.taskAt(this.#caller, frame.descriptors[0]?.name ?? NULL_NAME);
    if (task === undefined) return answer('MACH_SEND_INVALID_DEST');
    if (isFutexCall(kind)) {
      return handleFutexCall(kind, frame, task, memory, {
        answer,
        wait: (io, begin, done, timeoutMs) =>
          this.#wait(frame, task, io, begin, done, { timeoutMs, aborted: 'KERN_INTERRUPTED' }),
      });
    }
    const { vm } = memory;
    switch (kind) {
      case 'vm_allocate': {
        const { code, address } = vm.allocate(task, decodeFields(kind, frame.body));
        memory.carryOut();
        return answer(code, code === 0 ? { address } : {});
      }
      case 'vm_map':
        return this.#map(task, frame, answer);
      case 'vm_deallocate':
        return this.#narrow(task, decodeFields(kind, frame.body), (range) => vm.deallocate(task, range).code, answer);
      case 'vm_protect':
        return this.#narrow(task, decodeFields(kind, frame.body), (range) => vm.protect(task, range).code, answer);
      case 'vm_read': {
        const range = decodeFields(kind, frame.body);
        if (range.size > this.#broker.limits.frameBytes - HEADROOM) return answer('KERN_INVALID_ARGUMENT');
        const io = { bytes: range.size, isWrite: false, buffer: () => new Uint8Array(range.size) };
        return this.#wait(
          frame,
          task,
          io,
          (call) => vm.read(task, call, range).code,
          (code, data) => answer(code, code === 0 ? { data } : {}),
        );
      }
      case 'vm_write': {
        const { address, data } = decodeFields(kind, frame.body);
        // The frame's buffer is used again before the pages are there.
        const buffer = (): Uint8Array => Uint8Array.prototype.slice.call(data);
        return this.#wait(
          frame,
          task,
          { bytes: data.length, isWrite: true, buffer },
          (call) => vm.write(task, call, { address, size: data.length }).code,
          (code) => answer(code),
        );
      }
      case 'vm_region': {
        const region = vm.region(task, decodeFields(kind, frame.body).address);
        if (region === null) return answer('KERN_INVALID_ADDRESS');
        // Another task's memory is read and written by calls.
        const place = task === this.#caller ? memory.place(task, region.object) : NOWHERE;
        return answer(0, { ...region, ...place, pageSize: this.#broker.limits.pageBytes });
      }
      case 'vm_cancel': {
        const waiting = this.#waiting.get(decodeFields(kind, frame.body).callId);
        if (waiting !== undefined) memory.cancel(waiting.call, waiting.aborted);
        return answer(waiting === undefined ? 'KERN_INVALID_ARGUMENT' : 0);
      }
    }
  }

  /** Has the page of a word of the task's come in. */
  touch(frame: Frame, task: TaskId, address: number, done: (code: Code) => void): void {
    if (address % WORD_BYTES !== 0) return done('KERN_INVALID_ADDRESS');
    const io = { bytes: WORD_BYTES, isWrite: false, buffer: () => new Uint8Array(WORD_BYTES) };
    return this.#wait(
      frame,
      task,
      io,
      (call) => this.#memory.vm.read(task, call, { address, size: WORD_BYTES }).code,
      done,
    );
  }

  /** The caller has gone. */
  ended(): void {
    for (const { call, aborted } of [...this.#waiting.values()]) this.#memory.cancel(call, aborted);
  }

  #map(task: TaskId, frame: Frame, answer: Answer): void {
    const { object: right, ...args } = decodeFields('vm_map', frame.body);
    const memory = this.#memory;
    const taken = right.name === NULL_NAME ? null : memory.take(this.#caller, right);
    if (taken !== null && 'code' in taken) return answer(taken.code);
    let address = 0;
    return this.#wait(
      frame,
      task,
      NO_BYTES,
      (call) => {
        const object = taken === null ? null : memory.objectAt(taken.right);
        const mapped = memory.vm.map(task, call, { ...args, object });
        ({ address } = mapped);
        return mapped.code;
      },
      (code) => answer(code, code === 0 ? { address } : {}),
    );
  }

  /** The task may do less than before, and is told so before its next access to what these addresses show. */
  #narrow<R extends { address: number; size: number }>(
    task: TaskId,
    range: R,
    change: (range: R) => Code,
    answer: Answer,
  ): void {
    const { vm } = this.#memory;
    const objects = new Set<ObjectId>();
    for (let at = range.address; ;) {
      const region = vm.region(task, at);
      if (region === null || region.address >= range.address + range.size) break;
      objects.add(region.object);
      at = region.address + region.size;
    }
    // First: a task that takes a futex's word meanwhile either sees this, or is found to have it.
    for (const object of objects) this.#memory.mappingsChanged(task, object);
    const code = change(range);
    this.#memory.carryOut();
    this.#broker.sleeps.narrowed(task, objects);
    answer(code);
  }

  /** A call that may have to wait, at its caller's charge: `limits.vmCalls`, and its bytes with what else the caller has queued. */
  #wait(
    frame: Frame,
    task: TaskId,
    io: { bytes: number; isWrite: boolean; buffer: () => Uint8Array },
    begin: (call: number) => Code | 'waiting',
    done: (code: Code, buffer: Uint8Array, grant?: Grant) => void,
    { timeoutMs, aborted }: { timeoutMs: number | null; aborted: Code } = ABORTED,
  ): void {
    const { vmCalls, queuedBytesPerTask } = this.#broker.limits;
    const id = frame.header.callId === 0 ? (this.#lastUnanswered -= 1) : frame.header.callId;
    if (this.#waiting.has(id)) return done('KERN_INVALID_ARGUMENT', NOTHING);
    if (this.#waiting.size >= vmCalls || this.#waitingBytes + io.bytes > queuedBytesPerTask) {
      return done('KERN_RESOURCE_SHORTAGE', NOTHING);
    }
    const buffer = io.buffer();
    let isOver = false;
    let timer: Disposable | undefined;
    const call = this.#memory.call(task, { buffer, isWrite: io.isWrite }, begin, (code, grant) => {
      isOver = true;
      timer?.[Symbol.dispose]();
      if (this.#waiting.delete(id)) this.#waitingBytes -= io.bytes;
      done(code, buffer, grant);
    });
    if (isOver) return;
    if (timeoutMs !== null) {
      timer = this.#broker.host.timer(Math.min(timeoutMs, LONGEST_MS), () => this.#memory.timedOut(call));
    }
    this.#waiting.set(id, { call, aborted });
    this.#waitingBytes += io.bytes;
  }
}

const WORD_BYTES = 4;
const NOTHING = new Uint8Array(0);
const NO_BYTES = { bytes: 0, isWrite: false, buffer: () => NOTHING };
const ABORTED = { timeoutMs: null, aborted: 'KERN_ABORTED' } as const;
/** Of a timer. */
const LONGEST_MS = 2 ** 31 - 1;
/** Of a frame, for all that is not data. */
const HEADROOM = 4096;
