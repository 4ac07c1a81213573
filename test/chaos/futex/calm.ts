import { openCalls, type World } from './world.ts';

/** Nothing happens any more: whoever waits gets what it waits for, then nobody begins anything. The pager may have died before that. */
export async function calm(world: World, killsPager: boolean): Promise<void> {
  const goals = [...world.tasks].map((task) => [task, task.ended + WHILE] as const);
  await world.soon('all tasks go on when nothing happens any more', () =>
    goals.every(([task, goal]) => task.ended >= goal),
  );
  if (killsPager) await killPager(world);
  for (const { program } of world.tasks) program.kill('SIGUSR2');
  await world.soon('all locks are had and unlocked', () => [...world.tasks].every(isQuiet));
  if (killsPager) await world.soon('nobody sleeps without a pager', () => sleepers(world).length === 0);
  else if (world.plan.futexes.budgetMs === undefined) await allAwake(world);
}

type Task = World['tasks'] extends Set<infer T> ? T : never;

function isQuiet({ record }: Task): boolean {
  return record.accesses.some(({ kind }) => kind === 'quiet');
}

/** Accesses. */
const WHILE = 100;

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
