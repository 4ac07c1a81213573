import type { Code } from '../../errors.ts';
import {
  type KeeperEffect,
  type KeeperEvents,
  type MasterEffect,
  type MasterEvents,
  tellKeeper,
  tellMaster,
} from '../../lock/index.ts';
import { LOCK_FUTEX } from '../../wire/index.ts';
import { endCall } from '../calls.ts';
import { emit, type Machine } from '../machine.ts';
import { send } from '../send.ts';
import type { Futex } from './types.ts';
import type { Call, MemoryObject } from '../state.ts';
import { maps } from './key.ts';
import { countFor, forgetIfIdle } from './records.ts';
import { setSleepers, sleepersOf } from './sleepers.ts';
import { endWatches } from './watches.ts';

/** Tells the keeper of one futex of one event, and does what it asks for. What nobody knows of need not hear anything. */
export function tell<K extends keyof KeeperEvents>(
  m: Machine,
  object: MemoryObject,
  offset: number,
  event: K,
  about: KeeperEvents[K],
): Code {
  // Who waits no longer must not get what is handed on now.
  takeLeave(m);
  const futex = object.futexes.get(offset);
  if (futex === undefined) return event === 'unlock' || event === 'repair' ? 'EPERM' : 0;
  const effects: KeeperEffect[] = [];
  const host = {
    word: m.words.at(object.id, offset),
    isUser: (task: number): boolean => maps(m, task, object.id, offset),
    emit: (effect: KeeperEffect): void => void effects.push(effect),
  };
  // Whatever is asked for about one object has numbers of one row.
  futex.keeper.lastReqId = object.lastReqId;
  const code = tellKeeper(futex.keeper, host, event, about, m.keeperRows);
  object.lastReqId = futex.keeper.lastReqId;
  for (const effect of effects) carryOut(m, object, offset, futex, effect);
  endWatches(m, { object: object.id, offset }, futex);
  forgetIfIdle(m, object, offset);
  return code;
}

/** Calls that ended by themselves, cancelled or timed out, are in no queue and asleep nowhere. */
export function takeLeave(m: Machine): void {
  for (let next = m.state.withdrawn.shift(); next !== undefined; next = m.state.withdrawn.shift()) {
    const { call, futex: of } = next;
    const object = m.state.objects.get(of.object);
    if (of.phase !== 'rest' || object === undefined) continue;
    if (of.what.kind === 'lock') tell(m, object, of.offset, 'withdraw', { wish: call });
    else if (of.what.kind === 'fenced') {
      const futex = object.futexes.get(of.offset);
      if (futex !== undefined) futex.watches = futex.watches.filter((watch) => watch !== call);
    } else if (of.what.kind === 'wait') {
      setSleepers(
        m,
        of,
        sleepersOf(m, of).filter((sleeper) => sleeper !== call),
      );
    }
  }
}

/** A call that waits for a keeper or for a wakeup no longer: its wish is fulfilled, or refused. */
export function endFutexCall(m: Machine, call: Call, code: Code): void {
  call.futex = null;
  endCall(m, call, code);
}

/** Part II of the seed: the kernel is a conduit, and what it does not keep is its pager's to decide. */
function carryOut(m: Machine, object: MemoryObject, offset: number, futex: Futex, effect: KeeperEffect): void {
  switch (effect.type) {
    case 'request': {
      const { reqId, noQueue } = effect;
      if (futex.master !== null) return tellOwn(m, object, offset, futex, 'lock', { keeper: KERNEL, reqId, noQueue });
      const flags = noQueue ? LOCK_FUTEX.NOQUEUE : 0;
      return send(m, object, { kind: 'memory_object_lock_futex', reqId, offset, flags });
    }
    case 'cancel':
      return send(m, object, { kind: 'memory_object_cancel_futex', reqId: effect.reqId, offset });
    case 'release': {
      const { gen, condition } = effect;
      if (futex.master !== null) {
        return tellOwn(m, object, offset, futex, 'released', { keeper: KERNEL, gen, condition });
      }
      return send(m, object, { kind: 'memory_object_futex_released', offset, gen, state: condition });
    }
    case 'granted': {
      const call = m.state.calls.get(effect.wish);
      if (call === undefined) return;
      countFor(m, futex, call.task);
      const code = effect.ownerDied ? 'EOWNERDEAD' : 0;
      emit(m, { type: 'locked', call: call.id, code, object: object.id, offset, gen: effect.gen });
      return endFutexCall(m, call, code);
    }
    case 'failed': {
      const call = m.state.calls.get(effect.wish);
      if (call !== undefined) endFutexCall(m, call, effect.code);
      return;
    }
    case 'fenced':
    // Whoever waits for that is told by `endWatches`.
  }
}

/** A futex of the kernel's own memory: no other kernel wants it, so its master grants at once, and never recalls. */
function tellOwn<K extends keyof MasterEvents>(
  m: Machine,
  object: MemoryObject,
  offset: number,
  { master }: Futex,
  event: K,
  about: MasterEvents[K],
): void {
  if (master === null) return;
  const effects: MasterEffect[] = [];
  const nextGen = (): number => (object.lastFutexGen += 1);
  const host = { nextGen, recallsAtOnce: false, emit: (effect: MasterEffect): void => void effects.push(effect) };
  tellMaster(master, host, event, about, m.masterRows);
  for (const effect of effects) {
    if (effect.type === 'granted') {
      m.words.setGen(object.id, offset, effect.gen);
      tell(m, object, offset, 'granted', effect);
    } else if (effect.type === 'failed') tell(m, object, offset, 'failed', effect);
  }
}

/** What such a master calls its only keeper. */
const KERNEL = 0;
