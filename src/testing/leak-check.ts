import { grown, inventory } from './inventory.ts';
import { openFiles } from './open-files.ts';
import { watchStarted } from './started.ts';
import type { World } from './worlds.ts';

/** Long enough for what is under way, on a loaded machine. Only a test that has left something behind waits so long. */
export const DEFAULT_PATIENCE_MS = 3_000;

/** Notes what there is before a test, and what starts in it; the answer tells, after it, what is left of it. */
export async function leakCheck(
  { systems }: Pick<World, 'systems'>,
  patienceMs: number,
): Promise<() => Promise<string[]>> {
  const before = { rights: await inventory(systems), files: openFiles() };
  const started = watchStarted();
  const look = async (): Promise<string[]> => {
    // Who has left its broker has nothing there, and nobody to ask.
    const isOver = systems.some(({ task }) => task.isClosed);
    const rights = isOver ? [] : grown(before.rights, await inventory(systems));
    const files = new Map([...openFiles()].filter(([fd, { identity }]) => before.files.get(fd)?.identity !== identity));
    const others = [...started.running(files), ...[...files.values()].map(({ path }) => `open file ${path}`)];
    return [...rights, ...grown(new Map(), counted(others))];
  };
  return async () => {
    try {
      return await leftAfter(patienceMs, look);
    } finally {
      started.stop();
    }
  };
}

/** What `look` still finds when it has had time to go. */
export async function leftAfter(patienceMs: number, look: () => Promise<string[]>): Promise<string[]> {
  const giveUp = performance.now() + patienceMs;
  let left = await look();
  // What ends needs the processor that looking takes: mostly it is gone at the second look, else there is no hurry.
  for (let wait = 1; left.length > 0 && performance.now() < giveUp; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
    await new Promise((resolve) => setTimeout(resolve, wait));
    left = await look();
  }
  return left;
}

const LONGEST_WAIT_MS = 16;

function counted(all: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const one of all) counts.set(one, (counts.get(one) ?? 0) + 1);
  return counts;
}
