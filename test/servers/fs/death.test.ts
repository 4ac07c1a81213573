import { fileURLToPath } from 'node:url';

import { IpcError } from 'easync';
import { fs } from 'easync/servers/fs';
import { Vfs } from 'easync/servers/vfs';
import { expect, test } from 'vitest';

import { openFiles, server } from '../../support/file-systems.ts';
import { Program } from '../../support/processes.ts';
import { rejection } from '../../support/rejection.ts';
import { testSystem } from '../../support/system.ts';

test('a file that was open when its server died is stale, and its path is good again on a new server', async () => {
  await using system = await testSystem();
  await using opened = await openFiles(system.sys, 'hostfs', 'process');
  const { files, vfs, root } = opened;
  await files.writeFile('/file', 'written');
  const handle = await files.open('/file', 'r+');
  const { pid } = await vfs.where();

  process.kill(pid, 'SIGSTOP');
  const inFlight = [handle.read(), handle.write('never'), handle.stat()].map((call) => rejection(call));
  const aboutPath = rejection(files.stat('/file'));
  process.kill(pid, 'SIGKILL');
  for (const error of await Promise.all(inFlight)) expect(error).toMatchObject({ code: 'ESTALE', errno: -116 });
  const gone = await aboutPath;
  expect(gone).toMatchObject({ code: 'EIO', syscall: 'stat', path: '/file' });
  expect(IpcError.is(gone.cause)).toBe(true);

  const later = [handle.read(), handle.readFile(), handle.truncate(), handle.sync()].map((call) => rejection(call));
  for (const error of await Promise.all(later)) expect(error).toMatchObject({ code: 'ESTALE' });
  expect(await rejection(files.readFile('/file'))).toMatchObject({ code: 'EIO', syscall: 'open', path: '/file' });

  using again = await system.sys.open(Vfs, server('hostfs'), { place: 'process', options: { root } });
  const restarted = fs(again);
  expect(await restarted.readFile('/file', 'utf8')).toBe('written');
  await using other = await restarted.open('/file');
  expect(await rejection(handle.read())).toMatchObject({ code: 'ESTALE' });
  expect((await other.read()).bytesRead).toBe(7);
  expect(await rejection(handle.close())).toMatchObject({ code: 'ESTALE', syscall: 'close' });
  expect(await rejection(handle.read())).toMatchObject({ code: 'EBADF' });
});

test('a stub that was disposed is an error of every call', async () => {
  await using system = await testSystem();
  const opened = await openFiles(system.sys, 'memfs', 'inline');
  await opened[Symbol.asyncDispose]();
  expect(await rejection(opened.files.readdir('/'))).toMatchObject({ code: 'EIO', syscall: 'scandir' });
});

test('what is written is what the bytes were at the call, in every placement', async () => {
  await using system = await testSystem();
  for (const place of ['inline', 'thread', 'process'] as const) {
    await using opened = await openFiles(system.sys, 'memfs', place);
    const bytes = Buffer.alloc(1_000_000, 'a');
    const writing = opened.files.writeFile('/whole', bytes);
    bytes.fill('b');
    await using handle = await opened.files.open('/handle', 'w');
    const first = handle.write(bytes);
    bytes.fill('c');
    await Promise.all([writing, first]);
    expect((await opened.files.readFile('/whole')).equals(Buffer.alloc(1_000_000, 'a'))).toBe(true);
    expect((await opened.files.readFile('/handle')).equals(Buffer.alloc(1_000_000, 'b'))).toBe(true);
    const read = await opened.files.readFile('/whole');
    read.fill('z');
    expect((await opened.files.readFile('/whole')).equals(Buffer.alloc(1_000_000, 'a'))).toBe(true);
  }
});

test('a handle that is closed is closed on the server when that is settled', async () => {
  await using system = await testSystem();
  using vfs = await system.sys.open(Vfs, server('memfs'), { place: 'process', options: { maxBytes: 1 << 20 } });
  const files = fs(vfs);
  const handle = await files.open('/file', 'w');
  await handle.write(Buffer.alloc(1 << 20));
  expect(await rejection(handle.write('x'))).toMatchObject({ code: 'ENOSPC', syscall: 'write' });
  await files.unlink('/file');
  expect(await rejection(files.writeFile('/other', 'x'))).toMatchObject({ code: 'ENOSPC' });
  await handle.close();
  await files.writeFile('/other', Buffer.alloc(1 << 20));
  expect((await files.stat('/other')).size).toBe(1 << 20);
});

test('a handle that is lost is released, and reported', async () => {
  const lost = fileURLToPath(new URL('../../fixtures/lost-handle.js', import.meta.url));
  await using program = new Program(['--expose-gc', lost], { env: { EASYNC_CHECK: '0' } });
  expect(await program.line()).toBe('EasyncWarning true');
  expect(await program.exited).toEqual({ code: 0, signal: null });
});
