import { execFile, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { Scratch } from '../../support/scratch.ts';
import { PAGE } from './served.ts';

const hasStrace = process.platform === 'linux' && spawnSync('strace', ['-V']).status === 0;
const PROGRAM = fileURLToPath(new URL('fixtures/broken-disk.js', import.meta.url));

// What a broken medium answers, put in the place of the system's answers.
describe.skipIf(!hasStrace)(
  `a medium that fails${hasStrace ? '' : ' (there is no strace here to make it fail)'}`,
  () => {
    test('EIO of a write: sync fails, the page is kept, and stored by the next', async () => {
      await using scratch = await Scratch.make();
      const { ends, file, path } = await traced(scratch, ['-e', 'inject=pwrite64:error=EIO:when=1']);
      expect(ends[1]).toContain(`EIO: i/o error, write '${path}'`);
      expect(ends.filter((_end, at) => at !== 1)).toEqual(['done', 'done', 'done', 'done', 'done', 9, 9]);
      expect(file[0]).toBe(3);
    });

    test('EIO of a flush: it fails from then on, and the system is not asked again, which would say that all is well', async () => {
      await using scratch = await Scratch.make();
      const { ends, calls, path } = await traced(scratch, ['-e', 'inject=fdatasync:error=EIO:when=1']);
      for (const end of [ends[1], ends[3], ends[5]])
        expect(end).toContain(
          `EIO: ${path}: a flush has failed, and what was written since the one before may be lost`,
        );
      expect(calls.filter((call) => call === 'fdatasync')).toHaveLength(1);
    });

    test('EIO of a read: who waits is told, and the next read tries again. One fdatasync for each sync, after its write', async () => {
      await using scratch = await Scratch.make();
      const { ends, calls } = await traced(scratch, ['-e', 'inject=pread64:error=EIO:when=2']);
      expect(ends.slice(0, 6)).toEqual(Array.from({ length: 6 }, () => 'done'));
      expect(ends[6]).toContain('KERN_MEMORY_ERROR');
      expect(ends[7]).toBe(9);
      expect(calls.slice(0, 4)).toEqual(['pwrite64', 'fdatasync', 'pwrite64', 'fdatasync']);
    });
  },
);

/** Runs the program under strace: how its calls ended, the system calls on the file, and what is in it then. */
async function traced(
  scratch: Scratch,
  inject: readonly string[],
): Promise<{ ends: unknown[]; calls: string[]; file: Buffer; path: string }> {
  const [log, path] = [scratch.join('trace'), scratch.join('book')];
  writeFileSync(path, Buffer.alloc(3 * PAGE, 9));
  const strace = [
    '-f',
    '--seccomp-bpf',
    '-y',
    '-P',
    path,
    '-e',
    'trace=fdatasync,pread64,pwrite64',
    ...inject,
    '-o',
    log,
  ];
  const { stdout } = await promisify(execFile)('strace', [...strace, process.execPath, PROGRAM, path]);
  const calls = readFileSync(log, 'utf8')
    .split('\n')
    .flatMap((line) => /^\d+ +(\w+)\(\d+</.exec(line)?.[1] ?? [])
    .filter((call) => call !== 'pread64');
  return { ends: JSON.parse(stdout), calls, file: readFileSync(path), path };
}
