import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, fstatSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Nameless } from '../../src/os/nameless-file.ts';
import { createTemporaryFile, openUnlinked, sweepNamelessFiles } from '../../src/os/temporary-file.ts';
import { canMount, SmallDisk, WITHOUT_MOUNT } from '../servers/block/small-disk.ts';
import { Scratch } from '../support/scratch.ts';
import { Peer } from './peer.ts';

const hasStrace = process.platform === 'linux' && spawnSync('strace', ['-V']).status === 0;
const WITHOUT_STRACE = hasStrace ? '' : ' (there is no strace here to do that)';

test.each<[string, (directory: string) => number]>([
  ['createTemporaryFile', (directory) => createTemporaryFile(10, directory)],
  ['openUnlinked', openUnlinked],
])('%s leaves no name, and a file that only its owner may open', async (_name, open) => {
  await using scratch = await Scratch.make();
  const fd = open(scratch.path);
  const { nlink, mode } = fstatSync(fd);
  expect({ nlink, mode: mode & 0o777, files: scratch.files }).toEqual({ nlink: 0, mode: 0o600, files: [] });
  closeSync(fd);
});

test.runIf(process.platform === 'linux')('nobody can give it a name', async () => {
  await using scratch = await Scratch.make();
  const fd = createTemporaryFile(10, scratch.path);
  const link = spawnSync('ln', ['-L', `/proc/${process.pid}/fd/${fd}`, scratch.join('name')]);
  expect([link.status, scratch.files]).toEqual([1, []]);
  closeSync(fd);
});

test('a directory that is not there, or without room, is KERN_RESOURCE_SHORTAGE', () => {
  expect(() => createTemporaryFile(10, '/nowhere/at/all')).toThrow(
    expect.objectContaining({ code: 'KERN_RESOURCE_SHORTAGE', message: expect.stringContaining('TMPDIR') as string }),
  );
});

test.runIf(canMount)(`a full file system refuses a write, and what is there stays${WITHOUT_MOUNT}`, async () => {
  await using scratch = await Scratch.make();
  using disk = new SmallDisk(scratch.join('disk'), '64k');
  using file = new Nameless(createTemporaryFile(2 ** 30, disk.path));
  using memory = file.window(0, 2 ** 30);
  memory.store(0, 9);
  expect(() => memory.write(4096, new Uint8Array(200_000))).toThrow(
    expect.objectContaining({ code: 'KERN_RESOURCE_SHORTAGE' }),
  );
  expect(memory.load(0)).toBe(9);
});

test.runIf(hasStrace)(
  `where a file system knows no nameless files, one is made all the same${WITHOUT_STRACE}`,
  async () => {
    await using scratch = await Scratch.make();
    const refusal = ['-f', '-o', '/dev/null', '-P', scratch.path, '-e', 'inject=openat:error=EOPNOTSUPP'];
    await using peer = new Peer({ plain: true, under: ['strace', ...refusal] });
    // The same refusal keeps it from listing the directory.
    expect(await peer.ask('temporary', scratch.path)).toEqual({ nlink: 0, size: 4096 });
    expect(scratch.files).toEqual([]);
  },
);

test.runIf(hasStrace)(`what a crash leaves the next start removes${WITHOUT_STRACE}`, async () => {
  await using scratch = await Scratch.make();
  const crash = ['-f', '-o', '/dev/null', '-e', 'trace=unlink', '-e', 'inject=unlink:signal=SIGKILL'];
  await using peer = new Peer({ plain: true, under: ['strace', ...crash] });
  await expect(peer.ask('unlinked', scratch.path)).rejects.toThrow('the peer ended');
  expect(scratch.files).toEqual([expect.stringMatching(/^easync-memory-/)]);
  sweepNamelessFiles(scratch.path);
  expect(scratch.files).toEqual([]);
});

test('a sweep leaves alone what a living process may be making, and what is none of ours', async () => {
  await using scratch = await Scratch.make();
  const dead = deadPid();
  const random = '0123456789abcdef';
  const others = [
    `easync-memory-${process.pid}-${random}`,
    `easync-memory-1-${random}`,
    `easync-memory-${dead}-0123`,
    'x',
  ];
  for (const name of [...others, `easync-memory-${dead}-${random}`]) writeFileSync(scratch.join(name), '');
  const odd = [
    `easync-memory-${dead}-${random.replace('0', 'a')}`,
    `easync-memory-${dead}-${random.replace('0', 'b')}`,
  ];
  mkdirSync(scratch.join(odd[0] ?? ''));
  symlinkSync(scratch.join('x'), scratch.join(odd[1] ?? ''));
  sweepNamelessFiles(scratch.path);
  sweepNamelessFiles(scratch.join('nowhere'));
  expect(scratch.files).toEqual([...others, ...odd].sort());
});

/** Of a process that has just ended. */
function deadPid(): number {
  return Number(execFileSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' }));
}
