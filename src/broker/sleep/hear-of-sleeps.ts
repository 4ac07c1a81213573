import type { SleepEffect, Vm } from '../../vm/index.ts';
import type { Sleeps } from './sleeps.ts';

/** What other kernels say of their sleepers on memory objects, and want of those here. */
export function hearOfSleeps(sleeps: Sleeps, vm: Vm, effect: SleepEffect): void {
  switch (effect.type) {
    case 'listening':
      return sleeps.others.listening(effect, effect.code);
    case 'wokenElsewhere': {
      const { object, reqId, offset, domain, one } = effect;
      const found = sleeps.wokenElsewhere({ object, offset, domain }, one);
      return vm.sleeps.wakeupDone(object, reqId, offset, domain, found.woke, found.sleeps);
    }
    case 'interest':
      return sleeps.interest(effect, effect.isOn);
    case 'interestEverywhere':
      return sleeps.interestEverywhere(effect.object);
    case 'wakeupRoom':
      return sleeps.others.room(effect.object);
    case 'sleepsOver':
      return sleeps.objectOver(effect.object);
  }
}
