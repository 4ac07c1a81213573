import { bind, type Handlers, type Stub, type System } from 'easync';
import { fs } from 'easync/servers/fs';
import { File, type Vfs } from 'easync/servers/vfs';
import { expect, test } from 'vitest';

import { openFiles } from '../../support/file-systems.ts';
import { rejection } from '../../support/rejection.ts';
import { testSystem } from '../../support/system.ts';

const MIB = 1 << 20;

test.each(['memfs', 'hostfs'] as const)(
  'what is too large for one buffer is refused before it is read (%s)',
  async (kind) => {
    await using system = await testSystem();
    await using opened = await openFiles(system.sys, kind, 'inline');
    let reads = 0;
    const open = watched(system.sys, opened.vfs, { onRead: () => reads++ });
    const files = fs({ ...opened.vfs, open });
    await files.writeFile('/sparse', '');
    await files.truncate('/sparse', 2 ** 31);
    await using handle = await files.open('/sparse');
    for (const call of [files.readFile('/sparse'), handle.readFile()]) {
      const error = await rejection(call);
      expect(error).toBeInstanceOf(RangeError);
      expect(error['code']).toBe('ERR_FS_FILE_TOO_LARGE');
      expect(error.message).toBe('File size (2147483648) is greater than 2 GiB');
    }
    expect(reads).toBe(0);
  },
);

test('copyFile holds a piece of the file, not the whole', async () => {
  await using system = await testSystem();
  await using opened = await openFiles(system.sys, 'memfs', 'inline');
  const bytes = Buffer.alloc(8 * MIB + 5, 'abcdefg');
  await opened.files.writeFile('/from', bytes);
  let held = 0;
  let most = 0;
  const onRead = (count: number): void => {
    held += count;
    most = Math.max(most, held);
  };
  const open = watched(system.sys, opened.vfs, { onRead, onWrite: (count) => (held -= count) });
  await fs({ ...opened.vfs, open }).copyFile('/from', '/to');
  expect(bytes.equals(await opened.files.readFile('/to'))).toBe(true);
  expect(held).toBe(0);
  expect(most).toBeLessThanOrEqual(MIB);
});

test('a long transfer inline leaves the event loop its turns', async () => {
  await using system = await testSystem();
  await using opened = await openFiles(system.sys, 'memfs', 'inline');
  const { files } = opened;
  const bytes = Buffer.alloc(64 * MIB, 'x');
  await files.writeFile('/old', 'old');
  await files.writeFile('/large', bytes);
  await using handle = await files.open('/large', 'r+');
  const calls: Record<string, (signal: AbortSignal) => Promise<unknown>> = {
    readFile: (signal) => files.readFile('/large', { signal }),
    writeFile: (signal) => files.writeFile('/old', bytes, { signal }),
    'writeFile of a handle': (signal) => handle.writeFile(bytes, { signal }),
    'readFile of a handle': (signal) => handle.readFile({ signal }),
  };
  for (const [name, call] of Object.entries(calls)) {
    const controller = new AbortController();
    // In the first turn there is, which has to come before the end.
    setImmediate(() => controller.abort());
    expect((await rejection(call(controller.signal))).name, name).toBe('AbortError');
  }
  expect(await files.readFile('/old', 'utf8')).toBe('old');
  expect((await files.readdir('/')).sort()).toEqual(['large', 'old']);

  for (const call of [() => files.copyFile('/large', '/copy'), () => handle.read(bytes, 0, bytes.length, 0)]) {
    let isTurn = false;
    setImmediate(() => (isTurn = true));
    await call();
    expect(isTurn).toBe(true);
  }
});

type Watch = { onRead?: (bytes: number) => void; onWrite?: (bytes: number) => void };

/** `open`, whose files tell what is read and written: ports of this process, which pass the calls on. */
function watched(system: System, vfs: Stub<typeof Vfs>, { onRead, onWrite }: Watch): Stub<typeof Vfs>['open'] {
  return async (args) => {
    const { file, size } = await vfs.open(args);
    const stub = bind(File, file);
    const handlers: Handlers<(typeof File)['routines']> = {
      ...(stub as unknown as Handlers<(typeof File)['routines']>),
      async read(range) {
        const bytes = await stub.read(range);
        onRead?.(bytes.length);
        return bytes;
      },
      async write(range) {
        const count = await stub.write(range);
        onWrite?.(count);
        return count;
      },
    };
    return { file: system.serve(File, handlers, { onNoSenders: () => stub[Symbol.dispose]() }).right(), size };
  };
}
