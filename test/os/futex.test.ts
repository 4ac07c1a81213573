import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { futexWait, futexWake, futexWorks } from '../../src/os/futex.ts';
import { until } from '../support/until.ts';
import { FILE, FORMS } from './forms.ts';
import { Peer } from './peer.ts';

/** The mapped form, where there is one. */
const [{ create } = FILE] = FORMS;

describe.runIf(futexWorks())('a futex', () => {
  test('wakes one waiter of another process for each that is asked for', async () => {
    using file = create(4096);
    // The same word at another address, and at another place of the window.
    using memory = file.window(64, 64);
    await using one = new Peer();
    await using other = new Peer();
    const woken: number[] = [];
    const waits = [one, other].map(async (peer, index) => {
      await peer.ask('open', process.pid, file.fd);
      expect(await peer.ask('wait', 72, 0, 50_000)).toBe('woken');
      woken.push(index);
    });
    let total = 0;
    await until(() => (total += futexWake(memory, 8, 1)) === 1);
    await Promise.race(waits);
    expect(woken).toHaveLength(1);
    await until(() => (total += futexWake(memory, 8, 5)) === 2);
    await Promise.all(waits);
    expect(futexWake(memory, 8, 5)).toBe(0);
  });

  test('is waited for by this process, and woken by another', async () => {
    using file = create(4096);
    using memory = file.window(0, 4096);
    await using peer = new Peer();
    await peer.ask('open', process.pid, file.fd);
    const changed = peer.ask('wakeAfterStore', 8, 3);
    // Blocks the loop: what the peer answers arrives after.
    let outcome = 'woken';
    while (memory.load(8) === 0) outcome = futexWait(memory, 8, 0, 50_000);
    expect(['woken', 'changed']).toContain(outcome);
    await changed;
    expect(futexWait(memory, 8, 0, 50_000)).toBe('changed');
  });

  test('a wait ends when its time is over, and does not begin for another value', () => {
    using file = create(4096);
    using memory = file.window(0, 4096);
    const begin = performance.now();
    expect(futexWait(memory, 4, 0, 20.5)).toBe('timed out');
    expect(performance.now() - begin).toBeGreaterThanOrEqual(20);
    expect(futexWait(memory, 4, 0, -1)).toBe('timed out');
    memory.store(4, 0xffff_ffff);
    expect(futexWait(memory, 4, 0, Infinity)).toBe('changed');
    expect(futexWait(memory, 4, 0xffff_ffff, 0)).toBe('timed out');
  });

  test('a signal ends a wait as if somebody had woken it', async () => {
    await using peer = new Peer();
    await peer.ask('create', 4096);
    await peer.ask('onSignal', 'SIGUSR2');
    const wait = peer.ask('wait', 12, 0, 50_000);
    await until(() => isInFutex(peer.pid));
    peer.kill('SIGUSR2');
    expect(await wait).toBe('woken');
  });

  test('takes a word of a mapped window', () => {
    using file = FILE.create(4096);
    using plain = file.window(0, 4096);
    using mapped = create(4096);
    using memory = mapped.window(0, 64);
    const inval = expect.objectContaining({ code: 'EINVAL' }) as Error;
    expect(() => futexWait(plain, 0, 0, 0)).toThrow(inval);
    expect(() => futexWake(plain, 0, 1)).toThrow(inval);
    for (const at of [2, 64, -4]) expect(() => futexWait(memory, at, 0, 0), String(at)).toThrow(inval);
    memory[Symbol.dispose]();
    expect(() => futexWake(memory, 0, 1)).toThrow(expect.objectContaining({ code: 'ERELEASED' }));
  });
});

test.runIf(!futexWorks())('without futexes both functions say so', () => {
  using file = FILE.create(4096);
  using memory = file.window(0, 4096);
  expect(() => futexWait(memory, 0, 0, 0)).toThrow('ask futexWorks first');
  expect(() => futexWake(memory, 0, 0)).toThrow('ask futexWorks first');
});

/** Whether its main thread is in a FUTEX_WAIT on shared memory: the other locks of a process are private, which is another number. */
function isInFutex(pid: number): boolean {
  return /^(202|98) 0x[0-9a-f]+ 0x0 /.test(readFileSync(`/proc/${pid}/syscall`, 'utf8'));
}
