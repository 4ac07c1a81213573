import { newQueue } from './queue.ts';
import { newSleeps } from './sleep/types.ts';
import type { MemoryObject, State, Status } from './state.ts';

export function newState(): State {
  return {
    objects: new Map(),
    maps: new Map(),
    calls: new Map(),
    cache: { resident: 0, leaving: 0, clean: newQueue(), dirty: newQueue(), stuck: newQueue() },
    nextObject: 1,
    defaultPager: false,
    stirredPages: [],
    stirredObjects: [],
    arrivedCalls: [],
    withdrawn: [],
    futexes: 0,
    futexesOf: new Map(),
    sleepPlaces: 0,
    sleepers: new Map(),
    effects: [],
  };
}

export function newObject(state: State, status: Status, internal: boolean, size: number): MemoryObject {
  const object: MemoryObject = {
    id: state.nextObject,
    status,
    internal,
    size,
    mayCache: false,
    copyStrategy: 0,
    mapped: 0,
    pages: new Map(),
    waiters: new Map(),
    backlog: newQueue(),
    requests: 0,
    lastReqId: 0,
    current: null,
    queue: [],
    changes: [],
    forming: [],
    source: null,
    copies: new Set(),
    stored: new Set(),
    congested: false,
    futexes: new Map(),
    lastFutexGen: 0,
    sleeps: newSleeps(),
  };
  state.nextObject += 1;
  state.objects.set(object.id, object);
  return object;
}
