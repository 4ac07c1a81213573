import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { descendants, isRunning, Program } from '../support/processes.ts';
import { Scratch } from '../support/scratch.ts';
import { within } from '../support/until.ts';

const HUB = fileURLToPath(new URL('./fixtures/hub.js', import.meta.url));
const SOON_MS = 5_000;

describe('a private broker ends with its process, and leaves no file and no child', () => {
  test.each([
    ['disposed of', 'process,broker,thread', 'rest', 'dispose'],
    ['disposed of, though a driver spins in its process', 'process', 'spin', 'dispose'],
    ['left without a goodbye', 'process,broker,thread', 'rest', 'exit'],
  ])('%s', async (_what, placements, does, ending) => {
    await using scratch = await Scratch.make();
    await using hub = start(scratch, [placements, does, ending]);
    const pids = JSON.parse(await hub.line()) as number[];
    expect((await hub.exited).code).toBe(0);
    await nothingLeft(pids, scratch);
  });

  test.each([
    ['with drivers at rest', 'process,broker', 'rest', '1'],
    ['with a driver process in an endless loop', 'process', 'spin', '1'],
    ['with a driver process in an endless loop, without koffi', 'process', 'spin', '0'],
    ['with a driver in an endless loop in the broker itself', 'process,broker', 'spin', '1'],
    ['with a driver in an endless loop in the broker itself, without koffi', 'process,broker', 'spin', '0'],
  ])('killed -9 %s', async (_what, placements, does, native) => {
    await using scratch = await Scratch.make();
    await using hub = start(scratch, [placements, does, 'stay'], native);
    const pids = JSON.parse(await hub.line()) as number[];
    expect(descendants(hub.pid)).toEqual(expect.arrayContaining(pids));
    hub.kill('SIGKILL');
    await nothingLeft(pids, scratch);
  });

  test('killed -9 while it is stopped', async () => {
    await using scratch = await Scratch.make();
    await using hub = start(scratch, ['process,broker', 'rest', 'stay']);
    const pids = JSON.parse(await hub.line()) as number[];
    hub.kill('SIGSTOP');
    hub.kill('SIGKILL');
    await nothingLeft(pids, scratch);
  });
});

test('Ctrl-C reaches broker and drivers too: they leave it to the program to end in good order', async () => {
  await using scratch = await Scratch.make();
  await using hub = start(scratch, ['process,broker,thread', 'rest', 'stay']);
  const pids = JSON.parse(await hub.line()) as number[];
  process.kill(-hub.pid, 'SIGINT');
  expect(await hub.line()).toBe('orderly');
  expect(await hub.exited).toEqual({ code: 0, signal: null });
  expect(await hub.stderr).toBe('');
  await nothingLeft(pids, scratch);
});

test('a program that handles SIGTERM is not ended by it', async () => {
  await using scratch = await Scratch.make();
  await using hub = start(scratch, ['process,broker,thread', 'rest', 'stay']);
  const pids = JSON.parse(await hub.line()) as number[];
  hub.kill('SIGTERM');
  expect(await hub.line()).toBe('orderly');
  expect(await hub.exited).toEqual({ code: 0, signal: null });
  await nothingLeft(pids, scratch);
});

/** With everything it may write to a temporary directory going to `scratch`. */
function start(scratch: Scratch, args: string[], native = '1'): Program {
  const env = { TMPDIR: scratch.path, XDG_RUNTIME_DIR: scratch.path, EASYNC_NATIVE: native };
  return new Program([HUB, ...args], { env, group: true });
}

async function nothingLeft(pids: number[], scratch: Scratch): Promise<void> {
  expect(pids.length).toBeGreaterThan(1);
  const ended = await within(SOON_MS, () => !pids.some(isRunning));
  expect(ended, `still running: ${pids.filter(isRunning).join(', ')} of ${pids.join(', ')}`).toBe(true);
  expect(scratch.files).toEqual([]);
}
