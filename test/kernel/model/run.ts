import { DEFAULT_LIMITS } from '../../../src/limits.ts';
import { Kernel } from '../../../src/kernel/index.ts';
import type { Effect, Notification, Result, Trap } from '../../../src/kernel/index.ts';
import { CALLS } from './calls.ts';
import { targetTask } from './calls/common.ts';
import { drain } from './calls/serve.ts';
import { createTask, endTask } from './calls/tasks.ts';
import { grant } from './calls/transfer.ts';
import { settle } from './queues.ts';
import { match, matchEffects, matchState } from './compare.ts';
import { Generator } from './generate.ts';
import { Random } from './random.ts';
import { count } from './tally.ts';
import type { Tally } from './tally.ts';
import { World } from './world.ts';
import type { Task } from './world.ts';

/** Small, so that every one of them is reached. */
const LIMITS = {
  ...DEFAULT_LIMITS,
  tasks: 5,
  namesPerTask: 11,
  portsPerTask: 4,
  queuedBytesPerTask: 400,
  pendingCalls: 20,
  requestsPerTask: 12,
  waitingReceives: 3,
  deliveryWindow: 3,
};
const OPS_PER_WORLD = 250;

export type Replaced = ConstructorParameters<typeof Kernel>[1];

type Calls = {
  [K in Trap['op']]: (
    world: World,
    task: Task,
    trap: Extract<Trap, { op: K }>,
    caller: Task,
  ) => { code: string | 0 } & Record<string, unknown>;
};

/** Runs `ops` random operations against kernel and model. Throws at the first difference, with the seed that repeats it. */
export function runModel(seed: number, ops: number, replaced: Replaced = {}): Tally {
  const tally: Tally = new Map();
  for (let done = 0, round = 0; done < ops; done += OPS_PER_WORLD, round += 1) {
    runWorld(seed + round, Math.min(OPS_PER_WORLD, ops - done), replaced, tally);
  }
  return tally;
}

function runWorld(seed: number, ops: number, replaced: Replaced, tally: Tally): void {
  const random = new Random(seed);
  const world = new World(LIMITS);
  const kernel = new Kernel(LIMITS, replaced);
  const generator = new Generator(random, world);
  for (let i = 0; i < 3; i += 1) startTask(world, kernel, tally);
  for (let i = 0; i < ops; i += 1) {
    let last = '';
    try {
      const task = random.pick(world.tasks.filter((t) => t.alive || random.chance(0.005)));
      const dice = random.next();
      if (dice < 0.006) {
        last = 'createTask';
        startTask(world, kernel, tally);
      } else if (dice < 0.009 && world.tasks.filter((t) => t.alive).length > 2) {
        last = `endTask ${task.id}`;
        kernel.endTask(task.id);
        if (task.alive) endTask(world, task);
        settle(world);
        compareEffects(world, kernel, tally);
      } else if (dice < 0.02) {
        const name = generator.served(task);
        last = `drain ${task.id} ${name}`;
        const expected = task.alive ? drain(world, task, name) : { code: 'KERN_INVALID_TASK' };
        compare(world, kernel, tally, 'drain', expected, { code: kernel.drain(task.id, name) });
      } else if (dice < 0.07) {
        const to = random.pick(world.tasks.filter((t) => t.alive || random.chance(0.05)));
        const spec = random.chance(0.4) ? generator.taskPort(task) : generator.bodySpec(task, 0.05);
        last = `grant ${task.id} ${JSON.stringify(spec)} ${to.id}`;
        const expected = task.alive && to.alive ? grant(world, task, spec, to) : { code: 'KERN_INVALID_TASK' };
        settle(world);
        compare(world, kernel, tally, 'grant', expected, kernel.grant(task.id, spec, to.id));
      } else {
        const { trap, on } = generator.call(task);
        const isAnother = (targetTask(task, on) ?? task) !== task;
        last = `${task.id} on ${on}: ${JSON.stringify(trap)}`;
        const expected = callModel(CALLS, trap.op, world, { trap, task, on });
        settle(world);
        const actual = kernel.handle(task.id, trap, on);
        compare(world, kernel, tally, trap.op, expected, actual);
        if (isAnother) count(tally, `another’s ${trap.op}`, actual.code);
      }
      matchState(world, kernel.inspect());
      for (const what of world.situations.splice(0)) count(tally, `situation ${what}`, 0);
      world.tidy();
    } catch (cause) {
      throw new Error(`EASYNC_SEED=${seed}, operation ${i}: ${last}\n${String(cause)}`, { cause });
    }
  }
}

function callModel<K extends Trap['op']>(
  calls: Calls,
  op: K,
  world: World,
  { trap, task: caller, on }: { trap: Extract<Trap, { op: K }>; task: Task; on: number },
): { code: string | 0 } & Record<string, unknown> {
  if (!caller.alive) return { code: 'KERN_INVALID_TASK' };
  const task = targetTask(caller, on);
  if (!task) return { code: 'MACH_SEND_INVALID_DEST' };
  if (task !== caller && !op.startsWith('port_')) return { code: 'KERN_INVALID_ARGUMENT' };
  return calls[op](world, task, trap, caller);
}

function startTask(world: World, kernel: Kernel, tally: Tally): void {
  const started = kernel.createTask();
  count(tally, 'createTask', 'code' in started ? started.code : 0);
  if (world.tasks.filter((t) => t.alive).length >= LIMITS.tasks) {
    match({ code: 'KERN_RESOURCE_SHORTAGE' }, started, 'createTask');
  } else {
    const task = createTask(world);
    match({ task: task.id, self: task.cells[0] }, started, 'createTask');
  }
}

function compare(world: World, kernel: Kernel, tally: Tally, op: string, expected: object, actual: Result): void {
  count(tally, op, actual.code);
  if (actual.message?.notification) countNote(tally, actual.message.notification);
  match(expected, asTable(actual), 'result');
  compareEffects(world, kernel, tally);
}

function compareEffects(world: World, kernel: Kernel, tally: Tally): void {
  const effects = kernel.takeEffects();
  for (const effect of effects) countEffect(tally, effect);
  matchEffects(world.effects, effects);
  world.effects = [];
}

/** `port_names` and `port_get_set_status` promise no order. */
function asTable(result: Result): object {
  if (result.names === undefined) return result;
  const { names, types } = result;
  if (types === undefined) return { code: result.code, members: Object.fromEntries(names.map((name) => [name, true])) };
  return { code: result.code, table: Object.fromEntries(names.map((name, i) => [name, types?.[i]])) };
}

function countEffect(tally: Tally, effect: Effect): void {
  count(tally, `effect ${effect.type}`, 'code' in effect ? effect.code : 0);
  const note = 'message' in effect ? effect.message?.notification : undefined;
  if (note) countNote(tally, note);
}

function countNote(tally: Tally, note: Notification): void {
  count(tally, `notification ${note.id}`, 'handled' in note ? note.handled : 0);
}
