import { SleepPlaces } from '../../../src/pager/sleep-places.ts';
import type { SleepEffect, SleepFromKernel, SleepOptions } from '../../../src/pager/sleep-state.ts';

/** What is slept for in one object, spoken of by hand. Each call answers what came of it, in order, as lines to read. */
export class SleepDesk {
  readonly places: SleepPlaces;

  constructor(kernels: readonly number[], options: Partial<SleepOptions> = {}) {
    this.places = new SleepPlaces(options);
    for (const kernel of kernels) this.attach(kernel);
  }

  attach(kernel: number): string[] {
    this.places.attach(kernel);
    return this.#said();
  }

  leave(kernel: number): string[] {
    this.places.leave(kernel);
    return this.#said();
  }

  interest(kernel: number, reqId: number, { offset = 0, domain = 0 } = {}): string[] {
    return this.from(kernel, { kind: 'memory_object_interest', reqId, offset, domain });
  }

  noted(kernel: number, reqId: number, { offset = 0, domain = 0 } = {}): string[] {
    return this.from(kernel, { kind: 'memory_object_interest_noted', reqId, offset, domain });
  }

  wakeup(kernel: number, { offset = 0, domain = 0, one = false } = {}): string[] {
    return this.from(kernel, { kind: 'memory_object_wakeup', offset, domain, one });
  }

  completed(kernel: number, reqId: number, { offset = 0, woke = false, sleeps = false } = {}): string[] {
    const domain = 0;
    return this.from(kernel, {
      kind: 'memory_object_woken_completed',
      reqId,
      offset,
      domain,
      woke,
      sleeps: sleeps || woke,
    });
  }

  from(kernel: number, message: SleepFromKernel): string[] {
    this.places.receive(kernel, message);
    return this.#said();
  }

  /** Places that are remembered, and of each kernel at how many it has sleepers. */
  get remembered(): { places: number; kernels: [number, number][] } {
    const { places, kernels } = this.places.state;
    return { places: places.size, kernels: [...kernels] };
  }

  #said(): string[] {
    return this.places.takeEffects().map(textOf);
  }
}

function textOf(effect: SleepEffect): string {
  if (effect.type === 'refused') return `refused: ${effect.kernel}`;
  const { kernel, message } = effect;
  switch (message.kind) {
    case 'memory_object_interest_completed':
      return `${kernel}: completed ${message.reqId}${message.code === 0 ? '' : ` ${message.code}`}`;
    case 'memory_object_interest_elsewhere':
      return `${kernel}: elsewhere ${message.reqId} ${message.on ? 'on' : 'off'}`;
    case 'memory_object_woken':
      return `${kernel}: woken ${message.reqId}${message.one ? ', one' : ''}`;
  }
}
