import type { World } from './worlds.ts';
import { activeResources, grown, inventory } from './inventory.ts';

/** Long enough for what is under way, on a loaded machine. Only a test that has left something behind waits so long. */
export const DEFAULT_PATIENCE_MS = 3_000;

/** Notes what there is before a test; the answer tells, after it, what is left of it. */
export async function leakCheck(world: Pick<World, 'systems'>, patienceMs: number): Promise<() => Promise<string[]>> {
  const before = { rights: await inventory(world.systems), resources: activeResources() };
  const left = async (): Promise<string[]> => [
    ...(world.systems.some(({ task }) => task.isClosed) ? [] : grown(before.rights, await inventory(world.systems))),
    ...grown(before.resources, activeResources()),
  ];
  return async () => {
    const giveUp = performance.now() + patienceMs;
    let last = await left();
    while (last.length > 0 && performance.now() < giveUp) {
      await new Promise((resolve) => setImmediate(resolve));
      last = await left();
    }
    return last;
  };
}
