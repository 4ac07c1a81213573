import type { Code } from '../errors.ts';
import { VM_PROT } from '../wire/index.ts';
import { answer, begin, endCall } from './calls.ts';
import { tellAsOwner } from './futex/lock.ts';
import { type Place, placeOf, sleepingPlaceOf } from './futex/key.ts';
import { hasRoom } from './futex/room.ts';
import { compared } from './futex/wait.ts';
import { holdOf } from './futex/watches.ts';
import type { Machine } from './machine.ts';
import { settle } from './settle.ts';
import type { FutexCall, FutexKey } from './futex/types.ts';
import type { Call } from './state.ts';
import type { Access, TaskId } from './types.ts';

type Answer = { code: Code | 'waiting' };

/**
 * Futexes, as tasks ask for them (pager.md §2): Part I of the seed. Addresses are the task's own. `KERN_INVALID_ADDRESS`: not mapped,
 * or no multiple of 4. `KERN_PROTECTION_FAILURE`. Of calls that wait `done` follows, with `locked` before it if they have the futex.
 */
export class Futexes {
  readonly #m: Machine;

  constructor(m: Machine) {
    this.#m = m;
  }

  /** `KERN_MEMORY_ERROR`, `EDEADLK`, `EAGAIN` (noQueue), `EOWNERDEAD` (and has it), `ENOTRECOVERABLE`, `EFENCED`, `KERN_RESOURCE_SHORTAGE`. */
  lock(task: TaskId, call: number, address: number, noQueue: boolean): Answer {
    const access = VM_PROT.READ | VM_PROT.WRITE;
    const place = placeOf(this.#m, task, address, access);
    if (typeof place === 'string') return { code: place };
    return this.#begin(call, task, address, access, place, { kind: 'lock', noQueue });
  }

  /** `EPERM`: another has it, or nobody. `EFENCED`: it was revoked. */
  unlock(task: TaskId, address: number, gen: number): { code: Code } {
    return this.#asOwner('unlock', task, address, gen);
  }

  /** The owner has repaired what the one before it left behind. `EINVAL`: there was nothing to repair. */
  consistent(task: TaskId, address: number, gen: number): { code: Code } {
    return this.#asOwner('repair', task, address, gen);
  }

  /** Waits until the task's hold by this grant is revoked. `EPERM`: it has none, or no longer. `KERN_MEMORY_ERROR`: its pager has gone. */
  fenced(task: TaskId, call: number, address: number, gen: number): Answer {
    const place = placeOf(this.#m, task, address, VM_PROT.NONE);
    if (typeof place === 'string') return { code: place };
    const { object, offset } = place.key;
    const known = this.#m.state.objects.get(object)?.futexes.get(offset);
    if (known === undefined) return { code: 'EPERM' };
    const code = holdOf(this.#m, place.key, known, task, gen);
    if (code !== 'held') return { code };
    known.watches.push(call);
    const futex = callOn(place.key, { kind: 'fenced', gen }, 'rest');
    return this.#answer(begin(this.#m, { id: call, task, address, size: 4, access: VM_PROT.NONE, futex }, []));
  }

  /**
   * Sleeps until it is woken, if the word is `v1` (and the next one `v2`, with `quad`); else `KERN_INVALID_ARGUMENT`. `shared`: with all
   * who map it, else with those alone who name the same address of this task.
   */
  wait(
    task: TaskId,
    call: number,
    address: number,
    { v1, v2, quad, shared }: { v1: number; v2: number; quad: boolean; shared: boolean },
  ): Answer {
    const place = sleepingPlaceOf(this.#m, task, address, { isLocal: !shared, bytes: quad ? 8 : 4 });
    if (typeof place === 'string') return { code: place };
    if (!hasRoom(this.#m, place.key, task)) return { code: 'KERN_RESOURCE_SHORTAGE' };
    return this.#begin(call, task, address, VM_PROT.READ, place, { kind: 'wait', v1, v2, quad });
  }

  /** Wakes the oldest sleeper, or all. `mutates`: the call's bytes are stored there first, whether anybody sleeps or not. */
  wake(
    task: TaskId,
    call: number,
    address: number,
    { all, mutates, shared }: { all: boolean; mutates: boolean; shared: boolean },
  ): Answer {
    const access = mutates ? VM_PROT.WRITE : VM_PROT.READ;
    const place = mutates
      ? placeOf(this.#m, task, address, access, { isLocal: !shared })
      : sleepingPlaceOf(this.#m, task, address, { isLocal: !shared });
    if (typeof place === 'string') return { code: place };
    const what = { kind: 'wake', all } as const;
    if (mutates) return this.#begin(call, task, address, access, place, what, 4);
    return this.#tellOthers(call, task, address, place, what);
  }

  /** Moves one sleeper, or all, to another word, and wakes one before that with `wakeOne`. */
  requeue(
    task: TaskId,
    call: number,
    addresses: { source: number; target: number },
    { all, wakeOne, shared }: { all: boolean; wakeOne: boolean; shared: boolean },
  ): Answer {
    const source = sleepingPlaceOf(this.#m, task, addresses.source, { isLocal: !shared });
    if (typeof source === 'string') return { code: source };
    const target = sleepingPlaceOf(this.#m, task, addresses.target, { isLocal: !shared });
    if (typeof target === 'string') return { code: target };
    if (!hasRoom(this.#m, target.key, task)) return { code: 'KERN_RESOURCE_SHORTAGE' };
    const what = { kind: 'requeue', source: source.key, all, wakeOne } as const;
    return this.#tellOthers(call, task, addresses.target, target, what);
  }

  /** Answers the effect `compare`. */
  compared(call: number, isSame: boolean): void {
    const record = this.#m.state.calls.get(call);
    if (record !== undefined) compared(this.#m, record, isSame);
    settle(this.#m);
  }

  /** The time of a call that waits is over. Another value at the word comes before that (§2.8): who has not looked yet is late, and looks. */
  timedOut(call: number): void {
    const record = this.#m.state.calls.get(call);
    const of = record?.futex;
    if (of?.what.kind === 'wait' && of.hasLooked !== true) of.isLate = true;
    else if (record !== undefined) endCall(this.#m, record, 'KERN_TIMEDOUT');
    settle(this.#m);
  }

  /** Needs no page, unless it is the first that the pager hears of the object: other kernels are to be told, too. */
  #tellOthers(call: number, task: TaskId, address: number, place: Place, what: FutexCall['what']): Answer {
    const { key } = place;
    const object = this.#m.state.objects.get(key.object);
    const canTell = key.local !== null || object === undefined || object.internal || object.status === 'ready';
    if (!canTell) return this.#begin(call, task, address, VM_PROT.READ, place, what);
    const futex = callOn(key, what, 'page');
    const record = begin(this.#m, { id: call, task, address, size: 4, access: VM_PROT.READ, futex }, []);
    this.#m.state.arrivedCalls.push(call);
    return this.#answer(record);
  }

  #asOwner(event: 'unlock' | 'repair', task: TaskId, address: number, gen: number): { code: Code } {
    const place = placeOf(this.#m, task, address, VM_PROT.NONE);
    if (typeof place === 'string') return { code: place };
    const code = tellAsOwner(this.#m, event, task, place.key, gen);
    settle(this.#m);
    return { code };
  }

  /** First of all the page comes in (§2.1). */
  #begin(
    call: number,
    task: TaskId,
    address: number,
    access: Access,
    { key, piece }: Place,
    what: FutexCall['what'],
    bytes = 0,
  ): Answer {
    const futex = callOn(key, what, 'page');
    const size = what.kind === 'wait' && what.quad ? 8 : 4;
    const record = begin(this.#m, { id: call, task, address, size, access, futex }, [{ ...piece, bytes }]);
    return this.#answer(record);
  }

  #answer(record: Call): Answer {
    settle(this.#m);
    return { code: answer(this.#m, record) };
  }
}

function callOn({ object, offset, local }: FutexKey, what: FutexCall['what'], phase: FutexCall['phase']): FutexCall {
  return { object, offset, local, what, phase };
}
