import { FutexMasters } from '../../../src/pager/futex-masters.ts';
import type { FutexEffect, FutexFromKernel, FutexOptions } from '../../../src/pager/futex-state.ts';

/** The futexes of one object, spoken to by hand. Each call answers what came of it, in order, as lines to read. */
export class FutexDesk {
  readonly masters: FutexMasters;

  constructor(options: Partial<FutexOptions> = {}) {
    this.masters = new FutexMasters(options);
  }

  lock(kernel: number, reqId: number, { offset = 0, noQueue = false } = {}): string[] {
    return this.from(kernel, { kind: 'memory_object_lock_futex', reqId, offset, flags: noQueue ? 1 : 0 });
  }

  cancel(kernel: number, reqId: number, offset = 0): string[] {
    return this.from(kernel, { kind: 'memory_object_cancel_futex', reqId, offset });
  }

  released(kernel: number, gen: number, { offset = 0, state = 0 } = {}): string[] {
    return this.from(kernel, { kind: 'memory_object_futex_released', offset, gen, state });
  }

  wait(kernel: number, reqId: number, offset = 0): string[] {
    return this.from(kernel, { kind: 'memory_object_futex_wait', reqId, offset });
  }

  wake(kernel: number, { offset = 0, broadcast = false } = {}): string[] {
    return this.from(kernel, { kind: 'memory_object_futex_wake', offset, broadcast });
  }

  completed(kernel: number, reqId: number, { offset = 0, woke = true, waits = true } = {}): string[] {
    return this.from(kernel, { kind: 'memory_object_futex_wake_completed', reqId, offset, woke, waits });
  }

  leave(kernel: number): string[] {
    this.masters.leave(kernel);
    return this.#said();
  }

  expired(gen: number, offset = 0): string[] {
    this.masters.expired(offset, gen);
    return this.#said();
  }

  from(kernel: number, message: FutexFromKernel): string[] {
    this.masters.receive(kernel, message);
    return this.#said();
  }

  /** Nothing is remembered of anybody. */
  get isEmpty(): boolean {
    const { records, kernels } = this.masters.state;
    return records.size === 0 && kernels.size === 0;
  }

  #said(): string[] {
    return this.masters.takeEffects().map(textOf);
  }
}

function textOf(effect: FutexEffect): string {
  if (effect.type === 'refused') return `refused: ${effect.kernel}`;
  if (effect.type === 'due') return `due: ${effect.gen}`;
  if (effect.type === 'over') return 'over';
  const { kernel, message } = effect;
  switch (message.kind) {
    case 'memory_object_futex_granted': {
      const { reqId, gen, state, recall } = message;
      return `${kernel}: granted ${reqId} by ${gen}${['', ', owner died'][state]}${recall ? ', recalled' : ''}`;
    }
    case 'memory_object_futex_failed':
      return `${kernel}: failed ${message.reqId} ${message.code}`;
    case 'memory_object_relinquish_futex':
      return `${kernel}: recall of ${message.gen}${message.budgetMs === 0 ? '' : `, ${message.budgetMs} ms`}`;
    case 'memory_object_futex_fenced':
      return `${kernel}: fenced ${message.gen}`;
    case 'memory_object_futex_waiting':
      return `${kernel}: hears, ${message.reqId}`;
    case 'memory_object_futex_woken':
      return `${kernel}: woken ${message.reqId}${message.broadcast ? ', all' : ''}`;
  }
}
