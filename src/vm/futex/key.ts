import type { ErrorCode } from '../../errors.ts';
import { type KeeperState, ownerIn } from '../../lock/index.ts';
import { VM_PROT } from '../../wire/index.ts';
import { type Piece, regionsOf, resolve } from '../address-map.ts';
import type { Machine } from '../machine.ts';
import { isNumber } from '../range.ts';
import type { FutexKey } from './types.ts';
import type { MemoryObject } from '../state.ts';
import type { Access, ObjectId, TaskId } from '../types.ts';

export type Place = { key: FutexKey; piece: Piece };

/**
 * Which futex an address of the task's is: one and the same for all who map this word, wherever they do (pager.md §2.1). A word of two
 * pages is none.
 */
export function placeOf(
  m: Machine,
  task: TaskId,
  address: number,
  access: Access,
  { isLocal = false, bytes = 4 } = {},
): Place | ErrorCode {
  if (!isNumber(address) || address % 4 !== 0) return 'KERN_INVALID_ADDRESS';
  const pieces = resolve(m, task, address, bytes, access);
  if (typeof pieces === 'string') return pieces;
  const [piece, ...others] = pieces;
  if (piece === undefined || others.length > 0) return 'KERN_INVALID_ADDRESS';
  const offset = piece.page * m.limits.pageBytes + piece.at;
  return { key: { object: piece.object, offset, local: isLocal ? `${task}:${address}` : null }, piece };
}

/** Where one sleeps, or wakes who does: what may not be read is no address for that (§2.8). */
export function sleepingPlaceOf(
  m: Machine,
  task: TaskId,
  address: number,
  options: { isLocal: boolean; bytes?: number },
): Place | ErrorCode {
  const place = placeOf(m, task, address, VM_PROT.READ, options);
  return place === 'KERN_PROTECTION_FAILURE' ? 'KERN_INVALID_ADDRESS' : place;
}

/** Whether the task shows this word somewhere, so that it has this access. */
export function maps(
  m: Machine,
  task: TaskId,
  object: ObjectId,
  offset: number,
  access: Access = VM_PROT.NONE,
): boolean {
  return regionsOf(m.state, task).some(
    (region) =>
      region.object === object &&
      offset >= region.offset &&
      offset < region.offset + region.size &&
      (access & ~region.protection) === 0,
  );
}

/** Its pager has gone: nobody grants its futexes any more, nor tells of wakeups elsewhere. */
export function isCutOff({ internal, status }: MemoryObject): boolean {
  return !internal && (status === 'dead' || status === 'destroyed');
}

/** Who has it now. Who took the word by itself is its owner, though the keeper has not heard of it. */
export function ownerOf(
  m: Machine,
  { object, offset }: Pick<FutexKey, 'object' | 'offset'>,
  { isLent, owner }: KeeperState,
): TaskId | null {
  return isLent ? ownerIn(m.words.at(object, offset)?.load() ?? 0) : owner;
}
