import { IpcError } from '../../errors.ts';
import { checkLimit } from '../lockmgr-options.ts';
import { FLAGS, HOW, type LockFlags, type LockRequest } from './subsystem.ts';

/**
 * Arguments are what the client sent, whatever their type says.
 *
 * @throws IpcError MIG_BAD_ARGUMENTS, EINVAL
 */
export function givenRequest(args: LockRequest): LockRequest {
  const owner = givenOwner(args);
  const { how } = args;
  if (!HOW.includes(how)) throw refused(`how has to be one of ${HOW.join(', ')}`);
  // It waits whatever flags say, and counts as one that does.
  if (how === 'reacquire') return { how, owner };
  const flags: LockFlags = {};
  for (const flag of FLAGS) {
    const value: unknown = args[flag];
    if (value !== undefined && typeof value !== 'boolean') throw refused(`${flag} has to be true or false`);
    if (value === true) flags[flag] = true;
  }
  const { timeLimitMs = 0 } = args;
  // Later would be too late: an upgrade has lost its share by then.
  if (typeof timeLimitMs !== 'number') throw refused('timeLimitMs has to be a number of milliseconds');
  checkLimit({ timeLimitMs });
  return { how, owner, ...flags, timeLimitMs };
}

/** @throws IpcError MIG_BAD_ARGUMENTS */
export function givenOwner(args: { readonly owner: unknown }): number {
  const owner: unknown = typeof args === 'object' && args !== null ? args.owner : undefined;
  if (typeof owner === 'number' && Number.isSafeInteger(owner) && owner >= 0) return owner;
  throw refused('owner has to be a whole number ≥ 0');
}

/** Whether the lock's status is asked for without an owner. */
export function isNobody(args: { readonly owner: number | null }): args is { owner: null } {
  return typeof args === 'object' && args !== null && args.owner === null;
}

function refused(why: string): IpcError {
  return new IpcError('MIG_BAD_ARGUMENTS', `lockmgr: ${why}`, { object: 'lockmgr', handled: 'no' });
}
