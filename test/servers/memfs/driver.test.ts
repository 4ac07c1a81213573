import { bind, type Stub } from 'easync';
import { File, Listing, MAX_READ, MAX_WRITE, Vfs } from 'easync/servers/vfs';
import { describe, expect, test } from 'vitest';

import { server } from '../../support/file-systems.ts';
import { rejection } from '../../support/rejection.ts';
import { testSystem } from '../../support/system.ts';

const MEMFS = server('memfs');
const refusal = (code: string): Error => expect.objectContaining({ name: 'VfsError', code });

describe.each(['inline', 'thread', 'process'] as const)('memfs %s', (place) => {
  test('refuses what is no argument, and lives on', async () => {
    await using system = await testSystem();
    using vfs = await system.sys.open(Vfs, MEMFS, { place });
    const wrong = [
      undefined,
      null,
      5,
      {},
      { path: 5 },
      { path: null },
      { path: '/x' },
      { path: '..' },
      { path: 'a//b' },
    ];
    for (const name of ['open', 'stat', 'readdir', 'readlink', 'realpath', 'mkdir', 'rmdir', 'unlink'] as const) {
      for (const args of [...wrong, { path: 'a\0' }, { path: 'x'.repeat(5000) }]) {
        const error = await rejection(vfs[name](args as never));
        expect(error['code'], `${name} ${JSON.stringify(args)}`).toMatch(/^(EINVAL|EPERM|ENAMETOOLONG)$/);
      }
    }
    expect(await rejection(vfs.open({ path: 'f', access: 'all' as 'both' }))).toEqual(refusal('EINVAL'));
    expect(await rejection(vfs.mkdir({ path: 'd', mode: -1 }))).toEqual(refusal('EINVAL'));
    expect(await rejection(vfs.symlink({ target: 5 as never, path: 'l' }))).toEqual(refusal('EINVAL'));
    expect(await rejection(vfs.access({ path: '', mode: 8 }))).toEqual(refusal('EINVAL'));
    expect(await rejection(vfs.utimes({ path: '', atimeMs: Number.NaN, mtimeMs: 0 }))).toEqual(refusal('EINVAL'));
    expect((await vfs.readdir({ path: '' })).entries).toEqual([]);

    using file = bind(File, (await vfs.open({ path: 'f', access: 'both', create: true })).file);
    for (const offset of [-1, 0.5, 2 ** 53, '0', undefined]) {
      expect(await rejection(file.read({ offset: offset as number, length: 1 }))).toEqual(refusal('EINVAL'));
      expect(await rejection(file.write({ offset: offset as number, data: new Uint8Array(1) }))).toEqual(
        refusal('EINVAL'),
      );
      expect(await rejection(file.truncate({ length: offset as number }))).toEqual(refusal('EINVAL'));
    }
    expect(await rejection(file.read({ offset: 0, length: MAX_READ + 1 }))).toEqual(refusal('EINVAL'));
    expect(await rejection(file.write({ offset: 0, data: new Uint8Array(MAX_WRITE + 1) }))).toEqual(refusal('EINVAL'));
    expect(await rejection(file.write({ offset: 0, data: 'text' as never }))).toEqual(refusal('EINVAL'));
    expect(await rejection(file.write({ offset: 2 ** 53 - 2, data: new Uint8Array(2) }))).toEqual(refusal('EFBIG'));
    expect((await file.stat()).size).toBe(0);
  });

  test('a hole costs nothing and reads zero; the memory of a file is given back', async () => {
    await using system = await testSystem();
    using vfs = await system.sys.open(Vfs, MEMFS, { place, options: { maxBytes: 100_000 } });
    using file = bind(File, (await vfs.open({ path: 'f', access: 'both', create: true })).file);
    await file.truncate({ length: 2 ** 52 });
    expect(await file.write({ offset: 2 ** 51, data: Uint8Array.of(1, 2) })).toBe(2);
    expect(await file.read({ offset: 2 ** 51 - 1, length: 4 })).toEqual(Uint8Array.of(0, 1, 2, 0));
    expect(await file.read({ offset: 2 ** 52 - 1, length: 4 })).toEqual(Uint8Array.of(0));
    await file.truncate({ length: 2 ** 51 + 1 });
    await file.truncate({ length: 2 ** 51 + 3 });
    expect(await file.read({ offset: 2 ** 51, length: 4 })).toEqual(Uint8Array.of(1, 0, 0));
    await file.truncate({ length: 0 });

    for (let round = 0; round < 5; round++) {
      const written = [];
      for (let offset = 0; offset < 120_000; offset += 40_000) {
        written.push(await Promise.resolve(file.write({ offset, data: new Uint8Array(40_000) })).catch(codeOf));
      }
      expect(written).toEqual([40_000, 40_000, 20_000]);
      expect(await rejection(file.write({ offset: null, data: new Uint8Array(1) }))).toEqual(refusal('ENOSPC'));
      expect(await rejection(vfs.symlink({ target: 'x', path: 'l' }))).toEqual(refusal('ENOSPC'));
      await file.truncate({ length: round % 2 });
      await file.truncate({ length: 0 });
    }
    await vfs.symlink({ target: 'x'.repeat(4000), path: 'l' });
    await vfs.unlink({ path: 'l' });
    expect(await file.write({ offset: 34_464, data: new Uint8Array(65_536) })).toBe(65_536);
  });

  test('a file without a name is given back when its last right goes', async () => {
    await using system = await testSystem();
    using vfs = await system.sys.open(Vfs, MEMFS, { place, options: { maxBytes: 65_536 } });
    const first = await openFull(vfs);
    await vfs.unlink({ path: 'f' });
    expect(await rejection(openFull(vfs))).toEqual(refusal('ENOSPC'));
    first[Symbol.dispose]();
    // No-senders is a message of its own: ask until it has been there.
    let second: Disposable | undefined;
    while (second === undefined) second = await openFull(vfs).catch(() => undefined);
    second[Symbol.dispose]();
  });

  test('a long directory comes in pieces, as it was', async () => {
    await using system = await testSystem();
    using vfs = await system.sys.open(Vfs, MEMFS, { place });
    for (let i = 0; i < 9000; i++) void vfs.mkdir({ path: `${i}` });
    const { entries, rest } = await vfs.readdir({ path: '' });
    if (rest === null) throw new Error('9000 entries came in one reply');
    using listing = bind(Listing, rest);
    await vfs.rmdir({ path: '8999' });
    const names = entries.map(({ name }) => name);
    for (let page = await listing.next(); page.length > 0; page = await listing.next()) {
      names.push(...page.map(({ name }) => name));
    }
    expect(new Set(names).size).toBe(9000);
    expect((await vfs.stat({ path: '' })).nlink).toBe(2 + 8999);
  });
});

test.each([{ maxBytes: -1 }, { maxBytes: '1' }, { maxBytes: 0.5 }])('refuses options %j', async (options) => {
  await using system = await testSystem();
  const opening = system.sys.open(Vfs, MEMFS, { options });
  await expect(opening).rejects.toThrow('memfs takes options { maxBytes }');
});

function codeOf(error: NodeJS.ErrnoException): unknown {
  return error.code;
}

/** An open file that takes all the memory there is. */
async function openFull(vfs: Stub<typeof Vfs>): Promise<Disposable> {
  const { file } = await vfs.open({ path: 'f', access: 'both', create: true, truncate: true });
  const stub = bind(File, file);
  try {
    await stub.write({ offset: 0, data: new Uint8Array(65_536) });
    return stub;
  } catch (error) {
    stub[Symbol.dispose]();
    throw error;
  }
}
