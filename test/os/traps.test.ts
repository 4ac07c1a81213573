import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Packr } from 'msgpackr';
import { describe, expect, test } from 'vitest';
import { takeRange } from '../../src/os/address-ranges.ts';
import { libc } from '../../src/os/libc.ts';
import { peerCredentials, peerCredentialsWork } from '../../src/os/peer-credentials.ts';
import { spawnChild } from '../../src/host/child-process.ts';
import { LONGEST_LINE } from '../../src/host/output-lines.ts';
import { DEFAULT_LIMITS } from '../../src/limits.ts';
import { Scratch } from '../support/scratch.ts';

// What others do that our code goes round, and that we did. Who finds one of these failing after an update can take the detour out.
//
// Tested where it is used:
// - a pooled Buffer does not detach: "what cannot be moved" of test/task/out-of-line.test.ts;
// - futex(2) instead of Atomics.wait, across processes: test/os/futex.test.ts;
// - a peer that shortens a mapped file: test/os/processes.test.ts;
// - bodies keep all structured-clone types, −0 and lone surrogates: test/wire/body.test.ts.

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const c = libc();

describe.runIf(c !== undefined)('a view of mapped memory', () => {
  const view = (): ArrayBuffer => (c && takeRange(c, c.pageBytes)?.view) ?? new ArrayBuffer(0);

  test('cannot be waited on with Atomics, nor be notified of: that is for memory of one process', () => {
    const words = new Int32Array(view());
    expect(() => Atomics.wait(words, 0, 0, 0)).toThrow(TypeError);
    expect(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 0)).not.toThrow();
    expect(Atomics.notify(words, 0)).toBe(0);
  });

  test.runIf(process.versions.node.startsWith('20.'))('is not detached by a transfer, but copied', () => {
    const buffer = view();
    const [first, copy] = [new Uint8Array(buffer), new Uint8Array(structuredClone(buffer, { transfer: [buffer] }))];
    first[0] = 7;
    expect([buffer.byteLength, copy.length, copy[0]]).toEqual([first.length, first.length, 0]);
  });

  test('can be touched when its window is gone, and its addresses are used again', () => {
    const pageBytes = c?.pageBytes ?? 0;
    const program = fileURLToPath(new URL('./fixtures/touch-after-unmap.js', import.meta.url));
    const seen: unknown = JSON.parse(execFileSync(process.execPath, [program], { encoding: 'utf8' }));
    expect(seen).toEqual({
      mapped: 3 * pageBytes,
      unmapped: [0],
      stillIn: 0x0101_0101,
      reused: true,
      // Of four pages two at once, of two pages one after the other.
      ranges: 3,
      inTheEnd: [0, 0, 0],
    });
  });
});

test.runIf(peerCredentialsWork())(
  "a socket's descriptor is where we look, and the system names the other end",
  async () => {
    await using scratch = await Scratch.make();
    const server = createServer();
    const listening = once(server.listen(scratch.join('socket')), 'listening');
    const connected = once(server, 'connection') as Promise<[Socket]>;
    await listening;
    const code = `require('node:net').connect(${JSON.stringify(scratch.join('socket'))})`;
    const child = spawn(process.execPath, ['-e', code]);
    const [socket] = await connected;
    expect(peerCredentials(socket)).toEqual({ pid: child.pid, uid: process.getuid?.(), gid: process.getgid?.() });
    socket.destroy();
    await once(child, 'exit');
    expect(peerCredentials(socket)).toBeUndefined();
    server.close();
  },
);

describe('execa', () => {
  // Its links it does not see: `adoptSocket` of src/link/socket-link.ts takes them over.
  test('does not gather what a process prints: more than the 100 MB it would keep', async () => {
    const lines = 1_700;
    const program = `for (let i = 0; i < ${lines}; i++) fs.writeSync(1, 'x'.repeat(${LONGEST_LINE - 1}) + '\\n');`;
    let bytes = 0;
    const child = await spawnChild(
      {
        entry: '',
        cwd: ROOT,
        execArgv: ['--eval', program],
        onOutput: (_stream, line) => void (bytes += line.length + 1),
      },
      DEFAULT_LIMITS,
    );
    child.link.start({ onFrame() {}, onClose() {} });
    expect({ ...(await child.exited), bytes }).toEqual({ code: 0, signal: null, bytes: lines * LONGEST_LINE });
  });

  test('is loaded by the first spawn, and no sooner', () => {
    const loads = (what: string): string[] => {
      const program = fileURLToPath(new URL('./fixtures/loads.js', import.meta.url));
      return execFileSync(process.execPath, [program, what], { encoding: 'utf8' }).split('\n');
    };
    expect(loads('')).not.toContain('execa');
    expect(loads('boot')).toContain('execa');
  });
});

test('nothing but critical sections uses AsyncLocalStorage, which makes every await dearer, and they only while one is open', () => {
  const files = ['src', 'servers'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(ROOT, folder, name)),
  );
  const sources = files.filter((file) => file.endsWith('.ts'));
  const users = sources.filter((file) => /AsyncLocalStorage|\.bindStore\(/.test(readFileSync(file, 'utf8')));
  expect(sources.length).toBeGreaterThan(100);
  expect(users.map((file) => relative(ROOT, file))).toEqual([join('src', 'task', 'critical.ts')]);
  // A continuation has a number of its own while promises are followed.
  const program = `
    import { executionAsyncId } from 'node:async_hooks';
    import { critical } from 'easync/sync';
    const ids = [];
    const look = async () => { await null; ids.push(executionAsyncId()); };
    await look();
    await critical(look);
    await look();
    console.log(ids.map((id) => id > 0).join());`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  expect(output.trim()).toBe('false,true,false');
});

describe('msgpackr', () => {
  const OPTIONS = { useRecords: true, structuredClone: true, useBigIntExtension: true };
  const trip = (value: unknown, options = OPTIONS): unknown => {
    const packer = new Packr(options);
    return packer.unpack(packer.pack(value));
  };

  test('keeps structured-clone types only with all of our options', () => {
    const map = new Map<unknown, unknown>([['big', 2n ** 80n]]);
    map.set('self', map);
    const value = { map, sets: [new Set([1])], error: new RangeError('x'), big: 2n ** 64n };
    expect(trip(value)).toEqual(value);
    for (const option of ['useRecords', 'structuredClone'] as const) {
      expect(() => expect(trip(value, { ...OPTIONS, [option]: false })).toEqual(value), option).toThrow();
    }
    const big = { useRecords: false, structuredClone: false };
    expect(trip(2n ** 80n, { ...big, useBigIntExtension: true })).toBe(2n ** 80n);
    expect(() => expect(trip(2n ** 80n, { ...big, useBigIntExtension: false })).toBe(2n ** 80n)).toThrow();
  });

  test('loses −0 and lone surrogates, which our bodies patch', () => {
    expect(trip(-0)).not.toBe(-0);
    expect(trip('\ud800')).not.toBe('\ud800');
  });
});
