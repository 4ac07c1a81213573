import { typeOf } from '../entry.ts';
import { chargePort, makePort } from '../port.ts';
import type { Space } from '../records.ts';
import { addDeadEntry, addPortEntry, addPortSet, freshName, hasRoom, isValidName } from '../space.ts';
import type { State } from '../state.ts';
import { RIGHT } from '../types.ts';
import type { Name, Result } from '../types.ts';

export function allocate(state: State, space: Space, { right }: { right: number }): Result {
  if (!isAllocatable(right)) return { code: 'KERN_INVALID_VALUE' };
  return allocateAs(state, space, right, null);
}

export function allocateName(state: State, space: Space, { right, name }: { right: number; name: Name }): Result {
  if (!isValidName(name) || !isAllocatable(right)) return { code: 'KERN_INVALID_VALUE' };
  if (space.entries.has(name)) return { code: 'KERN_NAME_EXISTS' };
  return allocateAs(state, space, right, name);
}

export function rename(_state: State, space: Space, { old, name }: { old: Name; name: Name }): Result {
  if (!isValidName(name)) return { code: 'KERN_INVALID_VALUE' };
  if (space.entries.has(name)) return { code: 'KERN_NAME_EXISTS' };
  const entry = space.entries.get(old);
  if (entry === undefined) return { code: 'KERN_INVALID_NAME' };
  space.entries.delete(old);
  space.entries.set(name, entry);
  entry.name = name;
  return { code: 0 };
}

export function type(_state: State, space: Space, { name }: { name: Name }): Result {
  const entry = space.entries.get(name);
  if (entry === undefined) return { code: 'KERN_INVALID_NAME' };
  return { code: 0, value: typeOf(entry) };
}

export function names(_state: State, space: Space): Result {
  return { code: 0, names: [...space.entries.keys()], types: [...space.entries.values()].map(typeOf) };
}

function isAllocatable(right: number): boolean {
  return right === RIGHT.RECEIVE || right === RIGHT.PORT_SET || right === RIGHT.DEAD_NAME;
}

function allocateAs(state: State, space: Space, right: number, chosen: Name | null): Result {
  if (!hasRoom(state, space)) return { code: 'KERN_NO_SPACE' };
  if (right === RIGHT.RECEIVE && space.ports >= state.limits.portsPerTask) return { code: 'KERN_RESOURCE_SHORTAGE' };
  const name = chosen ?? freshName(space);
  if (right === RIGHT.RECEIVE) allocatePort(state, space, name);
  else if (right === RIGHT.PORT_SET) addPortSet(space, name);
  else addDeadEntry(space, name, 1);
  return { code: 0, name };
}

function allocatePort(state: State, space: Space, name: Name): void {
  const port = makePort(state);
  port.owner = { kind: 'task', entry: addPortEntry(space, name, port, { sends: 0, receive: true }) };
  chargePort(port, space);
}
