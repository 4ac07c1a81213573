import { activeResources, grown, inventory } from './inventory.ts';
import type { World } from './worlds.ts';

/** Long enough for what is under way, on a loaded machine. Only a test that has left something behind waits so long. */
export const DEFAULT_PATIENCE_MS = 3_000;

/** Notes what there is before a test; the answer tells, after it, what is left of it. */
export async function leakCheck(
  { systems }: Pick<World, 'systems'>,
  patienceMs: number,
): Promise<() => Promise<string[]>> {
  const before = { rights: await inventory(systems), resources: activeResources() };
  return () =>
    leftAfter(patienceMs, async () => {
      // Who has left its broker has nothing there, and nobody to ask.
      const isOver = systems.some(({ task }) => task.isClosed);
      const rights = isOver ? [] : grown(before.rights, await inventory(systems));
      return [...rights, ...grown(before.resources, activeResources())];
    });
}

/** What `look` still finds when it has had time to go. */
export async function leftAfter(patienceMs: number, look: () => Promise<string[]>): Promise<string[]> {
  const giveUp = performance.now() + patienceMs;
  let left = await look();
  while (left.length > 0 && performance.now() < giveUp) {
    await new Promise((resolve) => setImmediate(resolve));
    left = await look();
  }
  return left;
}
