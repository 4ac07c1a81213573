import { type Code, IpcError } from '../../errors.ts';

/** A call that makes a region: `what` it was to be. */
export function notMade(op: string, code: Exclude<Code, 0>, what: string): IpcError {
  return new IpcError(code, `${op}: a region ${what} cannot be made: ${meaning(MAKING, code)}`, { op });
}

/** A call on a region that there is, or was. */
export function failed(op: string, region: Named, code: Exclude<Code, 0>): IpcError {
  const object = nameOf(region);
  return new IpcError(code, `${op}: ${object}: ${meaning(USING, code)}`, { op, object });
}

/** A call on a futex of a region. */
export function futexFailed(
  op: string,
  offset: number,
  region: Named,
  code: Exclude<Code, 0>,
  what?: string,
): IpcError {
  const object = `the futex at ${offset} of ${nameOf(region)}`;
  return new IpcError(code, `${op}: ${object}: ${what ?? meaning(LOCKING, code)}`, { op, object });
}

export function nameOf({ address, size }: Named): string {
  return `the region of ${size} bytes at ${address}`;
}

type Named = { address: number; size: number };

type Meanings = Partial<Record<Exclude<Code, 0>, string>>;

function meaning(meanings: Meanings, code: Exclude<Code, 0>): string {
  return meanings[code] ?? 'the call failed';
}

const EITHER: Meanings = {
  KERN_INVALID_TASK: 'this task has no broker any more; attach again',
  EBROKERDIED: 'the broker has gone; attach again',
};

const MAKING: Meanings = {
  ...EITHER,
  KERN_INVALID_ARGUMENT:
    'sizes are above 0, offsets multiples of the page size, and both within objectBytes; a dead port has no memory',
  KERN_INVALID_CAPABILITY: 'the object’s port is dead',
  KERN_NO_SPACE: 'there is no room for it in the address space',
  KERN_RESOURCE_SHORTAGE:
    'this task has mapped as much as it may (mappedBytesPerTask, regionsPerTask), or all tasks have (objects), or a copy is more than the broker’s cache takes at once (cachePages)',
  KERN_MEMORY_ERROR: 'the pager has failed to give what is to be copied',
};

const USING: Meanings = {
  ...EITHER,
  KERN_INVALID_ADDRESS: 'nothing is mapped there any more',
  KERN_PROTECTION_FAILURE: 'its protection does not allow that; map it, or protect it, otherwise',
  KERN_MEMORY_ERROR: 'its pager has failed to give the page, or has gone',
  KERN_RESOURCE_SHORTAGE:
    'the broker’s cache is full of pages that it cannot give back (cachePages), or too many calls of this task wait (vmCalls)',
  KERN_ABORTED: 'it was aborted while it waited for the pager',
  ERELEASED: 'it was unmapped; map the object again',
};

const LOCKING: Meanings = {
  ...USING,
  KERN_INVALID_ADDRESS:
    'nothing is mapped there any more, or its address is no multiple of 4; or it may not be read, and who sleeps or wakes does',
  KERN_RESOURCE_SHORTAGE:
    'this task has or waits for as many as it may (futexesPerTask), or all tasks do (futexes): unlock some, use fewer words; or too many calls of this task wait (vmCalls); or the broker’s cache is full of pages that it cannot give back (cachePages)',
  KERN_PROTECTION_FAILURE: 'who locks may read and write there; map it, or protect it, otherwise',
  KERN_TIMEDOUT: 'it did not come in timeoutMs',
  KERN_INTERRUPTED: 'its signal fired while it waited',
  EDEADLK: 'this task has it already, and would wait for itself; use the guard that it has',
  EFENCED:
    'the hold is lost: the pager has revoked it, or its broker is gone. Others may have had it since; lock it again, and look again at what it protects',
  EINVAL: 'no owner has died, or it was said to be consistent before',
  ENOTRECOVERABLE:
    'an owner died, and the next one unlocked without saying that what it protects is consistent: nobody gets it any more; make the object anew',
  EPERM: 'this task does not have it: somebody has unlocked it for this task, or it was lost',
  ERELEASED: 'it was unlocked before, or this task maps it no longer: lock it again, by a region that is mapped',
};
