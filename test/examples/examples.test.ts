import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const PRINTS: Readonly<Record<string, string>> = {
  placements: `
inline: our process, thread 0, done on the spot; wrote 1 block, read 'the same disk'
inline: RangeError: the disk has no block 99
thread: our process, thread 1, done later; wrote 1 block, read 'the same disk'
thread: RangeError: the disk has no block 99
process: another process, done later; wrote 1 block, read 'the same disk'
process: RangeError: the disk has no block 99
the file puts both into one process: true, which is ours: false
`,
  'passing-rights': `
tray: 'first page' from another process
tray: 'second page' from another process
tray: no sender left
job: 2 pages, says another process
`,
  'gzip-pager': `
00150020 **** 30004
00299995 ***************************** 59999
00000005 * 1
less than a tenth of its 445 pages is in memory: true
`,
  lookup: `
inline: printer is 7, later
inline: printer is 7, in place
inline: scanner is 7, later
inline: by hand, code 0, at once: 7
process: printer is 7, later
process: printer is 7, later
process: scanner is 7, later
process: by hand, code 0, EASYNC: 7
`,
  lockmgr: `
8 of them read it; audit can have it at once: false
waits: teller
totals: 100 100 100 100 100 100 100 100 100
carl: made, made by somebody else meanwhile
at last: ann 35, bob 65, carl 0; in use: false
`,
  'plugin-host': `
good: well
throws: RangeError: no manners
blocks: ETIMEDOUT
leaks: ESERVERDIED
good, afterwards: well
the host: N answers, median N ms, slowest N ms
`,
  sqlite: `
inline: 3 fish, written from inline; integrity ok
thread: 6 fish, written from inline,thread; integrity ok
process: 9 fish, written from inline,thread,process; integrity ok
`,
  testing: `
shelf, inline: 4 of 4 tests passed
shelf, unchecked: 4 of 4 tests passed
shelf, memory: 4 of 4 tests passed
shelf, thread: 4 of 4 tests passed
shelf, process: 4 of 4 tests passed
shelf, group: 4 of 4 tests passed
shelf, socket: 4 of 4 tests passed
`,
  'bounded-buffer': `
processes: 3
taken: 60, each once: true
each consumer took its own in order: true
`,
  'tool-server': `
before anybody asks: 0 processes
3 clients of 1 server: 4 processes
one has left, or was killed: 3 processes
one has left, or was killed: 2 processes
the last one went as another came: 2 processes
the last one went as another came: 2 processes
the last one went as another came: 2 processes
nobody is left: 0 processes
`,
};

/** What differs from run to run. */
const MEASURED = /\d+(\.\d+)?(?= (ms|answers)\b)/g;

/** Test mode adds nothing to them: one is in it already, the other has processes that run out of memory. */
const ALONE: ReadonlySet<string> = new Set(['testing', 'plugin-host']);
/** In test mode they are run for longer proofs: each is some processes more. */
const IS_FULL = process.env['EASYNC_EXAMPLES'] !== undefined;

const examples = readdirSync(join(ROOT, 'examples'));

describe.each(examples)('examples/%s', (name) => {
  test.each(ALONE.has(name) || !IS_FULL ? ['0'] : ['0', '1'])(
    'runs from the repository and prints what it should (EASYNC_CHECK=%s)',
    async (check) => {
      const main = join('examples', name, 'main.js');
      const env = { ...process.env, EASYNC_CHECK: check };
      const { stdout, stderr } = await promisify(execFile)(process.execPath, [main], { cwd: ROOT, env });
      expect(stdout.replaceAll(MEASURED, 'N')).toBe(PRINTS[name]?.trimStart());
      expect(stderr).toBe('');
    },
  );

  test('no file has more than 60 lines', () => {
    const files = readdirSync(join(ROOT, 'examples', name), { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.js'),
    );
    const lines = files.map((file) => readFileSync(join(ROOT, 'examples', name, file), 'utf8').split('\n').length - 1);
    expect(Math.max(...lines)).toBeLessThanOrEqual(60);
  });
});
