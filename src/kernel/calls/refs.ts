import { destroyEntry, dropOnce, dropReceive, dropSends, dropSet } from '../drop.ts';
import { refsOf } from '../entry.ts';
import { isServedByOther } from '../lookup.ts';
import type { Entry, Space } from '../records.ts';
import type { Rules } from '../rules.ts';
import { unlink } from '../space.ts';
import type { State } from '../state.ts';
import { dropDeadReference } from '../take.ts';
import { RIGHT } from '../types.ts';
import type { Name, Result } from '../types.ts';

export function getRefs(_state: State, space: Space, { name, right }: { name: Name; right: number }): Result {
  if (!isRight(right)) return { code: 'KERN_INVALID_VALUE' };
  const entry = space.entries.get(name);
  if (entry === undefined) return { code: 'KERN_INVALID_NAME' };
  return { code: 0, value: refsOf(entry, right) };
}

export function modRefs(
  state: State,
  space: Space,
  { name, right, delta }: { name: Name; right: number; delta: number },
  caller: Space,
): Result {
  if (!isRight(right) || !Number.isSafeInteger(delta)) return { code: 'KERN_INVALID_VALUE' };
  const entry = space.entries.get(name);
  if (entry === undefined) return { code: 'KERN_INVALID_NAME' };
  const refs = refsOf(entry, right);
  if (refs === 0) return { code: 'KERN_INVALID_RIGHT' };
  const max = maxRefs(state.rules, right);
  if (refs + delta < 0 || (max === 1 && delta > 0)) return { code: 'KERN_INVALID_VALUE' };
  if (refs + delta > max) return { code: 'KERN_UREFS_OVERFLOW' };
  if (delta < 0 && takesAway(right) && isServedByOther(entry, caller)) return { code: 'KERN_FAILURE' };
  addRefs(state, entry, right, delta);
  return { code: 0 };
}

export function deallocate(state: State, space: Space, { name }: { name: Name }): Result {
  const entry = space.entries.get(name);
  if (entry === undefined) return { code: 'KERN_INVALID_NAME' };
  if (entry.kind === 'dead') dropDeadReference(entry);
  else if (entry.kind === 'once') dropOnce(state, entry);
  else if (entry.kind === 'port' && entry.sends > 0) dropSends(state, entry, 1);
  else return { code: 'KERN_INVALID_RIGHT' };
  return { code: 0 };
}

export function destroy(state: State, space: Space, { name }: { name: Name }, caller: Space): Result {
  const entry = space.entries.get(name);
  if (entry === undefined) return { code: 'KERN_INVALID_NAME' };
  if (isServedByOther(entry, caller)) return { code: 'KERN_FAILURE' };
  destroyEntry(state, entry);
  return { code: 0 };
}

function isRight(right: number): boolean {
  return Number.isInteger(right) && right >= RIGHT.SEND && right <= RIGHT.DEAD_NAME;
}

function takesAway(right: number): boolean {
  return right === RIGHT.RECEIVE || right === RIGHT.PORT_SET;
}

function maxRefs(rules: Rules, right: number): number {
  if (right === RIGHT.SEND) return rules.maxSendUrefs;
  return right === RIGHT.DEAD_NAME ? rules.maxDeadUrefs : 1;
}

/** The entry has this right, and the result is within its bounds. */
function addRefs(state: State, entry: Entry, right: number, delta: number): void {
  if (entry.kind === 'dead') {
    entry.urefs += delta;
    if (entry.urefs === 0) unlink(entry);
  } else if (delta === 0) {
    return;
  } else if (entry.kind === 'set') {
    dropSet(state, entry);
  } else if (entry.kind === 'once') {
    dropOnce(state, entry);
  } else if (right === RIGHT.RECEIVE) {
    dropReceive(state, entry);
  } else {
    dropSends(state, entry, -delta);
  }
}
