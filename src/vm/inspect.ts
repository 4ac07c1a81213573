import type { Machine } from './machine.ts';
import type { MemoryObject, Status } from './state.ts';
import { ownerOf } from './futex/key.ts';
import type { FutexInfo, VmSnapshot } from './types.ts';

export function inspect(m: Machine): VmSnapshot {
  const { state, limits } = m;
  return {
    objects: [...state.objects.values()].map(inspectObject),
    tasks: [...state.maps].map(([task, regions]) => ({ task, regions: regions.map((region) => ({ ...region })) })),
    futexes: [...state.objects.values()].flatMap((object) => inspectFutexes(m, object)),
    resident: state.cache.resident,
    most: limits.cachePages,
  };
}

function inspectObject(object: MemoryObject): VmSnapshot['objects'][number] {
  const records = [...object.pages.values()];
  const resident = records.filter((record) => record.state === 'resident');
  return {
    object: object.id,
    state: SHOWN[object.status],
    resident: resident.length,
    dirty: resident.filter(({ dirty }) => dirty).length,
    requests: object.requests + resident.filter(({ unlockAsked }) => unlockAsked !== 0).length,
    waiting: new Set(
      [...object.waiters.values()]
        .flatMap((waiters) => [...waiters])
        .flatMap((waiter) => (waiter.kind === 'call' ? [waiter.call] : [])),
    ).size,
    mapped: object.mapped,
    mayCache: object.mayCache,
  };
}

function inspectFutexes(m: Machine, { id, futexes }: MemoryObject): FutexInfo[] {
  return [...futexes].map(([offset, { keeper, usesBefore, sleepers, master }]) => {
    const { status, queue, gen, condition, grants, messages, isLent } = keeper;
    const owner = ownerOf(m, { object: id, offset }, keeper);
    return {
      object: id,
      offset,
      status: isLent ? (owner === null ? 'retained' : 'held') : status,
      owner,
      waiting: queue.length,
      sleeping: sleepers.length,
      gen,
      state: condition,
      locks: grants + ((m.words.uses(id, offset) - usesBefore) >>> 0),
      messages: master === null ? messages : 0,
    };
  });
}

const SHOWN: Readonly<Record<Status, VmSnapshot['objects'][number]['state']>> = {
  new: 'new',
  starting: 'new',
  ready: 'ready',
  terminating: 'terminating',
  dead: 'dead',
  destroyed: 'dead',
  forming: 'new',
  internal: 'internal',
};
