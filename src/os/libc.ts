import { getSystemErrorName } from 'node:util';
import { native, type Koffi } from './native.ts';

/** The C library's functions for memory and futexes. An address is a bigint; what fails answers −1 and leaves `error`. */
export type Libc = {
  readonly pageBytes: number;
  memfdCreate(name: string, flags: number): number;
  close(fd: number): number;
  fcntl(fd: number, command: number, argument: number): number;
  fallocate(fd: number, mode: number, offset: number, bytes: number): number;
  mmap(address: bigint | null, bytes: number, prot: number, flags: number, fd: number, offset: number): bigint;
  /** syscall(2) with the arguments of futex(2), of which the number is the first. */
  futex(number: number, word: bigint, operation: number, value: number, timeout: BigInt64Array | null): number;
  /** The bytes at an address, for as long as they are there: touching them when they are not ends the process. */
  view(address: bigint, bytes: number): ArrayBuffer;
  /** The name of what went wrong last, `'ENOMEM'`. */
  error(): string;
};

export const PROT_READ = 1;
export const PROT_READ_WRITE = 3;
export const MAP_SHARED = 1;
export const MAP_PRIVATE = 2;
export const MAP_FIXED = 0x10;
export const MAP_ANONYMOUS = 0x20;
export const MAP_NORESERVE = 0x4000;
/** What mmap answers when it fails. */
export const MAP_FAILED = 0xffff_ffff_ffff_ffffn;

/** Undefined off Linux on x64 and arm64, whose numbers those above are, without koffi, and where a function is missing. */
export function libc(): Libc | undefined {
  return (prepared ??= prepare()) ?? undefined;
}

let prepared: Libc | null | undefined;

function prepare(): Libc | null {
  const { koffi } = native();
  if (koffi === undefined || process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch)) return null;
  try {
    return functions(koffi);
  } catch {
    return null; // An older C library: what lacks one of them gets along as without koffi.
  }
}

function functions(koffi: Koffi): Libc {
  const library = koffi.load(null);
  const declare = <F>(definition: string): F => library.func(definition) as F;
  return {
    pageBytes: declare<() => number>('int getpagesize()')(),
    memfdCreate: declare('int memfd_create(const char *name, unsigned int flags)'),
    close: declare('int close(int fd)'),
    fcntl: declare('int fcntl(int fd, int command, int argument)'),
    fallocate: declare('int fallocate(int fd, int mode, int64_t offset, int64_t bytes)'),
    mmap: declare('void *mmap(void *address, size_t bytes, int prot, int flags, int fd, int64_t offset)'),
    futex: declare('long syscall(long number, void *word, int operation, uint32_t value, const int64_t *timeout)'),
    view: (address, bytes) => koffi.view(address, bytes),
    error: () => getSystemErrorName(-koffi.errno()),
  };
}
