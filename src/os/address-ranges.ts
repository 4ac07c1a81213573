import {
  type Libc,
  MAP_ANONYMOUS,
  MAP_FAILED,
  MAP_FIXED,
  MAP_NORESERVE,
  MAP_PRIVATE,
  PROT_READ_WRITE,
} from './libc.ts';

/** Addresses that stay this process's until it ends, and a view of them that is therefore safe for as long. */
export type AddressRange = { readonly address: bigint; readonly bytes: number; readonly view: ArrayBuffer };

/**
 * A range of at least so many bytes, with private memory in it until something is mapped over that. Undefined where the
 * system has no addresses to give.
 */
export function takeRange(libc: Libc, bytes: number): AddressRange | undefined {
  const size = sizeFor(libc, bytes);
  return free.get(size)?.pop() ?? reserve(libc, size);
}

/**
 * Nothing is unmapped: a view cannot be detached, and touching one whose memory is gone ends the process. Private memory goes over
 * what was mapped; readable and writable, so that whoever still has a view harms only himself.
 */
export function giveBackRange(libc: Libc, range: AddressRange): void {
  libc.mmap(range.address, range.bytes, PROT_READ_WRITE, PRIVATE | MAP_FIXED, -1, 0);
  const ofThatSize = free.get(range.bytes);
  if (ofThatSize === undefined) free.set(range.bytes, [range]);
  else ofThatSize.push(range);
}

const PRIVATE = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;

/** Those in nobody's hands, by size. Sizes are powers of two, so that what is given back fits again. */
const free = new Map<number, AddressRange[]>();

function sizeFor(libc: Libc, bytes: number): number {
  let size = libc.pageBytes;
  while (size < bytes) size *= 2;
  return size;
}

function reserve(libc: Libc, bytes: number): AddressRange | undefined {
  const address = libc.mmap(null, bytes, PROT_READ_WRITE, PRIVATE, -1, 0);
  return address === MAP_FAILED ? undefined : { address, bytes, view: libc.view(address, bytes) };
}
