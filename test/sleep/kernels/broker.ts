import type { Effect } from '../../../src/vm/index.ts';
import type { KernelEvent } from './machines.ts';
import type { Broker, System, Whole } from './whole.ts';

/** Tells the broker's machine of something, and carries out what it asks for, as `Memory.carryOut` does. Answers what the call answered. */
export function tell(system: System, whole: Whole, broker: Broker, event: KernelEvent): unknown {
  const { next, effects, answer } = system.machines.kernel(broker.vm, event);
  broker.vm = next;
  // Tasks see the flag by themselves: they may look between it and what goes to the pager.
  if (effects.some(({ type }) => type === 'interest')) broker.todo.push(...effects);
  else for (const effect of effects) carryOut(system, whole, broker, effect);
  return answer;
}

export function carryOut(system: System, whole: Whole, broker: Broker, effect: Effect): void {
  switch (effect.type) {
    case 'send':
      if (effect.message.kind === 'memory_object_init') broker.hasPort = true;
      // Its control port goes to the pager: what comes there reaches nobody.
      if (effect.message.kind === 'memory_object_terminate') Object.assign(broker, { down: [], hasPort: false });
      broker.up.push(effect.message);
      return;
    case 'listening': {
      const { preparing } = broker;
      broker.preparing = 0;
      if (effect.code !== 0) return;
      for (let task = 0; task < preparing; task += 1) broker.queue.push({ since: whole.value, asleep: null });
      return;
    }
    case 'wokenElsewhere': {
      const found = broker.queue.length > 0;
      const woke = wakeHere(whole, broker, effect.one);
      const sleeps = found || broker.queue.length > 0;
      const answer = system.replaced.wakeupDone?.(woke, sleeps) ?? { woke, sleeps };
      tell(system, whole, broker, { do: 'wakeupDone', reqId: effect.reqId, ...answer });
      return;
    }
    case 'interest':
      broker.flag = effect.isOn;
      return;
    case 'wakeupRoom':
      if (broker.waker?.is === 'room') broker.waker.is = 'seen';
      return;
    case 'sleepsOver':
      Object.assign(broker, { queue: [], flag: false });
      return;
    default:
  }
}

/** Answers whether one was woken who slept. Who is only prepared is taken out, and does not count. */
export function wakeHere(whole: Whole, broker: Broker, one: boolean): boolean {
  if (!one) {
    const woke = broker.queue.some(({ asleep }) => asleep !== null);
    broker.queue = [];
    return woke;
  }
  const first = broker.queue.findIndex(({ asleep }) => asleep !== null);
  broker.queue.splice(0, first < 0 ? broker.queue.length : first + 1);
  if (first >= 0) whole.woken += 1;
  return first >= 0;
}
