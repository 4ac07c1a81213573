import { IpcError } from '../errors.ts';
import { type Libc, libc } from './libc.ts';
import { MappedMemory } from './mapped-memory.ts';
import { createNamelessFile } from './nameless-file.ts';
import type { SharedMemory } from './shared-memory.ts';

/**
 * Blocks this thread, and with it the event loop, until somebody wakes those that wait for the word at `at`; not at all if it is not
 * `expected`. Only where `futexWorks`, and in a mapped window. `'woken'` may be said without cause: look at the word again.
 *
 * @throws IpcError EINVAL: not mapped, no such word. KERN_FAILURE: the system does not let this process wait.
 */
export function futexWait(
  memory: SharedMemory,
  at: number,
  expected: number,
  timeoutMs: number,
): 'woken' | 'changed' | 'timed out' {
  const { c, address } = wordAt(memory, at);
  if (c.futex(SYS_FUTEX, address, FUTEX_WAIT, expected, timespec(timeoutMs)) === 0) return 'woken';
  const error = c.error();
  const outcome = OUTCOMES[error];
  if (outcome === undefined) throw new IpcError('KERN_FAILURE', `futex(2) fails with ${error}; ask futexWorks first`);
  return outcome;
}

/** Wakes up to `count` of those that wait for the word at `at`, in whichever process, and answers how many there were. */
export function futexWake(memory: SharedMemory, at: number, count: number): number {
  const { c, address } = wordAt(memory, at);
  return c.futex(SYS_FUTEX, address, FUTEX_WAKE, count, null);
}

/** Whether there are futexes here. Tried once. */
export function futexWorks(): boolean {
  return (works ??= tryFutex());
}

const SYS_FUTEX = process.arch === 'x64' ? 202 : 98;
const FUTEX_WAIT = 0;
const FUTEX_WAKE = 1;
/** A signal wakes like anything else: who waits looks again. */
const OUTCOMES: Readonly<Record<string, 'woken' | 'changed' | 'timed out'>> = {
  EAGAIN: 'changed',
  ETIMEDOUT: 'timed out',
  EINTR: 'woken',
};
let works: boolean | undefined;

function wordAt(memory: SharedMemory, at: number): { c: Libc; address: bigint } {
  const c = libc();
  if (c === undefined || !(memory instanceof MappedMemory)) {
    throw new IpcError(
      'EINVAL',
      'a futex is a word of a mapped window, and this one is not mapped; ask futexWorks first',
      {
        object: 'shared memory',
      },
    );
  }
  return { c, address: memory.addressOf(at) };
}

/** Seconds and nanoseconds; null waits for ever. */
function timespec(ms: number): BigInt64Array | null {
  if (ms === Infinity) return null;
  const nanoseconds = BigInt(Math.ceil(Math.max(ms, 0) * 1e6));
  // oxlint-disable-next-line no-restricted-globals -- of this thread alone
  return BigInt64Array.of(nanoseconds / 1_000_000_000n, nanoseconds % 1_000_000_000n);
}

function tryFutex(): boolean {
  using file = createNamelessFile(4);
  using memory = file.window(0, 4);
  try {
    return futexWait(memory, 0, 1, 0) === 'changed' && futexWait(memory, 0, 0, 0) === 'timed out';
  } catch {
    return false; // Not mapped, or futex(2) is forbidden.
  }
}
