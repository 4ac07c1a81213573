import type { Machine } from './machine.ts';
import type { MemoryObject, Status } from './state.ts';
import type { VmSnapshot } from './types.ts';

export function inspect({ state, limits }: Machine): VmSnapshot {
  return {
    objects: [...state.objects.values()].map(inspectObject),
    tasks: [...state.maps].map(([task, regions]) => ({ task, regions: regions.map((region) => ({ ...region })) })),
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
