import { closeSync, constants, openSync, readdirSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { libc } from '../../src/os/libc.ts';
import { Nameless, openNamelessFile } from '../../src/os/nameless-file.ts';
import { Scratch } from '../support/scratch.ts';
import { FILE } from './forms.ts';
import { Peer } from './peer.ts';

describe.runIf(process.platform === 'linux')('what another process names as its shared memory', () => {
  test.each<[string, (path: string) => number, RegExp]>([
    ['a file with a name', named, /has a name/],
    ['a directory', (path) => openSync(path, 'r'), /no regular file/],
    ['a FIFO, which would block who opens it', fifo, /no regular file/],
    ['a device', () => openSync('/dev/zero', 'r+'), /no regular file/],
  ])('must not be %s', async (_what, make, text) => {
    await using scratch = await Scratch.make();
    const fd = make(scratch.path);
    const before = descriptors();
    expect(() => openNamelessFile(process.pid, fd)).toThrow(
      expect.objectContaining({
        code: 'EINVAL',
        op: 'openNamelessFile',
        message: expect.stringMatching(text) as string,
      }),
    );
    expect(descriptors()).toBe(before);
    closeSync(fd);
  });

  test('must be open, in a process that lives', () => {
    const file = FILE.create(16);
    const { fd } = file;
    file[Symbol.dispose]();
    const dead = Number(execFileSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' }));
    for (const [pid, number] of [
      [process.pid, fd],
      [process.pid, -1],
      [process.pid, 1.5],
      [dead, 3],
      [-1, 0],
      [2 ** 40, 0],
      [Number.NaN, 0],
    ] as const) {
      expect(() => openNamelessFile(pid, number), `${pid} ${number}`).toThrow(
        expect.objectContaining({ code: 'ENOENT' }),
      );
    }
  });

  test("must be of this user's", async () => {
    if (process.getuid?.() !== 0) {
      expect(() => openNamelessFile(1, 0)).toThrow(expect.objectContaining({ code: 'EPERM' }));
      return;
    }
    using file = FILE.create(16);
    await using peer = new Peer();
    await peer.ask('create', 16);
    expect(await peer.ask('openAs', 65_534, process.pid, file.fd)).toBe('EPERM');
  });

  test('is opened for reading and writing, and apart from its maker', () => {
    const file = FILE.create(16);
    using other = openNamelessFile(process.pid, file.fd);
    using memory = other.window(0, 16);
    file[Symbol.dispose]();
    memory.store(12, 1);
    expect(memory.load(12)).toBe(1);
  });

  // There may be none to give, and a touch would kill.
  test('is not mapped if its pages are huge', () => {
    const fd = libc()?.memfdCreate('huge', MFD_ALLOW_SEALING | MFD_HUGETLB) ?? -1;
    if (fd < 0) return;
    libc()?.fcntl(fd, F_ADD_SEALS, SIZE_SEALS);
    using file = new Nameless(fd);
    expect(file.isSealed).toBe(false);
  });

  test('is not mapped if only one of shrinking and growing is sealed', () => {
    for (const seal of [2, 4]) {
      const fd = libc()?.memfdCreate('half', MFD_ALLOW_SEALING) ?? FILE.create(4096).fd;
      libc()?.fcntl(fd, F_ADD_SEALS, seal);
      using file = new Nameless(fd);
      expect(file.isSealed).toBe(false);
    }
  });
});

const MFD_ALLOW_SEALING = 2;
const MFD_HUGETLB = 4;
const F_ADD_SEALS = 1033;
const SIZE_SEALS = 6;

function named(directory: string): number {
  writeFileSync(`${directory}/file`, '0123');
  return openSync(`${directory}/file`, 'r+');
}

function fifo(directory: string): number {
  execFileSync('mkfifo', [`${directory}/fifo`]);
  return openSync(`${directory}/fifo`, constants.O_RDWR);
}

function descriptors(): number {
  return readdirSync('/proc/self/fd').length;
}
