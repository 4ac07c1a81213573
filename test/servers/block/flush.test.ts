import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { Scratch } from '../../support/scratch.ts';

const hasStrace = process.platform === 'linux' && spawnSync('strace', ['-V']).status === 0;
const FLUSHING = fileURLToPath(new URL('fixtures/flushing.js', import.meta.url));

// What reaches the system, seen by somebody else than us.
describe.skipIf(!hasStrace)(
  `the system calls of a flush${hasStrace ? '' : ' (there is no strace here to see them)'}`,
  () => {
    test.each(['inline', 'thread', 'process'])('%s: one fdatasync each, after the writes it is for', async (place) => {
      await using scratch = await Scratch.make();
      const path = scratch.join('disk');
      const { ends, calls } = await traced(scratch, place, []);
      expect(ends).toEqual([1, 'done', 1, 'done', 2]);
      expect(calls).toEqual([
        `fsync ${path}`,
        `fsync ${scratch.path}`,
        ...[`pwrite64 ${path}`, `fdatasync ${path}`],
        ...[`pwrite64 ${path}`, `fdatasync ${path}`],
      ]);
    });

    test('a flush that failed fails from then on, though the system says that all is well again', async () => {
      await using scratch = await Scratch.make();
      const { ends, calls } = await traced(scratch, 'inline', ['-e', 'inject=fdatasync:error=EIO:when=1']);
      const path = scratch.join('disk');
      expect(ends).toEqual([
        1,
        `EIO: i/o error, flush: ${path}`,
        1,
        `EIO: i/o error, flush: a flush of ${path} has failed, and writes since the one before may be lost; open it again and check`,
        2,
      ]);
      expect(calls.filter((call) => call.startsWith('fdatasync'))).toHaveLength(1);
    });

    test('a disk that was not made for good is not opened', async () => {
      await using scratch = await Scratch.make();
      // Of its directory alone: the file itself is on the medium by then.
      const inject = ['-P', scratch.path, '-e', 'inject=fsync:error=ENOSPC'];
      await expect(traced(scratch, 'inline', inject)).rejects.toThrow(
        `ENOSPC: no space left on device, open: ${scratch.join('disk')}`,
      );
    });
  },
);

/** Runs the program under strace: what it printed, and its calls on `scratch` as `call path`, in order. */
async function traced(
  scratch: Scratch,
  place: string,
  extra: readonly string[],
): Promise<{ ends: unknown; calls: string[] }> {
  const log = scratch.join('trace');
  const strace = ['-f', '-y', '-e', 'trace=fsync,fdatasync,pwrite64', ...extra, '-o', log];
  const program = [process.execPath, FLUSHING, place, scratch.join('disk')];
  const { stdout } = await promisify(execFile)('strace', [...strace, ...program]);
  const calls = readFileSync(log, 'utf8')
    .split('\n')
    .map((line) => /^\d+ +(\w+)\(\d+<([^>]*)>/.exec(line))
    .flatMap((match) => (match?.[2]?.startsWith(scratch.path) ? [`${match[1]} ${match[2]}`] : []));
  return { ends: JSON.parse(stdout), calls };
}
