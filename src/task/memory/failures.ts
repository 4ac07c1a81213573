import { type Code, IpcError } from '../../errors.ts';

/** A call that makes a region: `what` it was to be. */
export function notMade(op: string, code: Exclude<Code, 0>, what: string): IpcError {
  return new IpcError(code, `${op}: a region ${what} cannot be made: ${meaning(MAKING, code)}`, { op });
}

/** A call on a region that there is, or was. */
export function failed(
  op: string,
  { address, size }: { address: number; size: number },
  code: Exclude<Code, 0>,
): IpcError {
  const object = nameOf({ address, size });
  return new IpcError(code, `${op}: ${object}: ${meaning(USING, code)}`, { op, object });
}

export function nameOf({ address, size }: { address: number; size: number }): string {
  return `the region of ${size} bytes at ${address}`;
}

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
  ERELEASED: 'it was unmapped',
};
