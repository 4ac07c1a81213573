import { type FutexTask, openCalls, type World } from './world.ts';

/**
 * Nothing happens any more. Several times nobody begins anything for a while: then everybody gets what it waits for, with none to come
 * and stir it. The pager may die before the last time.
 */
export async function calm(world: World, killsPager: boolean): Promise<void> {
  for (let pause = 1; pause <= PAUSES; pause += 1) {
    await goOn(world);
    const isOrphaned = killsPager && pause === PAUSES;
    if (isOrphaned) await killPager(world);
    for (const { program } of world.tasks) program.kill('SIGUSR2');
    await world.soon('all locks are had and unlocked', () => [...world.tasks].every((task) => pausesOf(task) >= pause));
    if (isOrphaned) await world.soon('nobody sleeps without a pager', () => sleepers(world).length === 0);
    else if (world.plan.futexes.budgetMs === undefined) await allAwake(world);
    if (pause < PAUSES) for (const { program } of world.tasks) program.kill('SIGUSR2');
  }
}

async function goOn(world: World): Promise<void> {
  const goals = [...world.tasks].map((task) => [task, task.ended + WHILE] as const);
  await world.soon('all tasks go on when nothing happens any more', () =>
    goals.every(([task, goal]) => task.ended >= goal),
  );
}

function pausesOf({ record }: FutexTask): number {
  return record.accesses.filter(({ kind }) => kind === 'quiet').length;
}

const PAUSES = 8;
/** Accesses. */
const WHILE = 20;

/** There is no next one. */
async function killPager(world: World): Promise<void> {
  const { pager } = world;
  if (pager === undefined) return;
  const from = world.now();
  await pager.kill();
  world.deaths.push({ what: 'pager', who: pager.life, from, to: world.now() });
  world.pager = undefined;
}

/** Who slept as long as the word said something else has been woken: all who changed it have said so. It only ever becomes more. */
async function allAwake(world: World): Promise<void> {
  const words = [...world.tasks].flatMap(({ record }) => record.accesses.filter(({ kind }) => kind === 'quiet'));
  const last = Math.max(...words.map(({ value = 0 }) => value));
  await world.soon(`nobody sleeps until the word is not what it is no longer; it is ${last}`, () =>
    sleepers(world).every(({ value }) => value === last),
  );
}

function sleepers(world: World): { value?: number }[] {
  return [...world.tasks].flatMap((task) => openCalls(task, 'wait'));
}
