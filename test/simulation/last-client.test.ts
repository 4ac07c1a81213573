import { bind, defineSubsystem, routine, type SendRight, type Service, type Stub, type System } from 'easync';
import { type Simulation, simulate } from 'easync/testing';
import { expect, test } from 'vitest';
import { type Random, seededRandom } from '../../src/host/seeded-random.ts';

const FIRST = Number(process.env['EASYNC_SEED'] ?? 1);
const SEEDS = Number(process.env['EASYNC_SIMULATIONS'] ?? 20);
const ROUNDS = 10;

const LAUNCHER = new URL('../../examples/tool-server/launcher.js', import.meta.url).href;
const { serveLauncher } = (await import(LAUNCHER)) as { serveLauncher: (sys: System) => Service };

const Launcher = defineSubsystem('launcher', { find: routine<void, { tool: SendRight }>() });
const Tool = defineSubsystem('tool', { use: routine<void, number>() });

type Client = { system: System; launcher: Stub<typeof Launcher>; tool: Stub<typeof Tool> | null };

test(`examples/tool-server: who comes as the last client goes gets a server that lives: seeds ${FIRST} to ${FIRST + SEEDS - 1}`, async () => {
  const starts = { same: 0, next: 0 };
  for (let seed = FIRST; seed < FIRST + SEEDS; seed += 1) {
    const random = seededRandom(seed);
    const sim = await simulate(seed);
    const home = await sim.settle(sim.attach('home'));
    await sim.settle(home.names.register({ name: 'launcher', port: serveLauncher(home).right() }));
    let [goer, comer] = [await attachClient(sim, 'a'), await attachClient(sim, 'b')];
    await sim.settle(findTool(goer));
    for (let round = 0; round < ROUNDS; round += 1) {
      const before = servers(sim);
      await changeOver(sim, random, goer, comer);
      starts[servers(sim).join() === before.join() ? 'same' : 'next'] += 1;
      [goer, comer] = [comer, goer];
    }
    leave(goer);
    await sim.advance(10_000);
    expect(servers(sim), `replay with EASYNC_SEED=${seed} EASYNC_SIMULATIONS=1`).toEqual([]);
    await sim[Symbol.asyncDispose]();
  }
  // Both ways to win the race, or it was none.
  expect(Math.min(starts.same, starts.next)).toBeGreaterThan(SEEDS);
});

async function attachClient(sim: Simulation, label: string): Promise<Client> {
  const system = await sim.settle(sim.attach(label));
  return { system, launcher: await sim.settle(system.lookUp(Launcher, 'launcher')), tool: null };
}

/** One goes and one comes, in either order, close together; their links are as slow as they happen to be. */
async function changeOver(sim: Simulation, random: Random, goer: Client, comer: Client): Promise<void> {
  for (const { system } of [goer, comer]) {
    const { toBroker, fromBroker } = sim.faults(system);
    toBroker.delay(random.below(5));
    fromBroker.delay(random.below(5));
  }
  const goesFirst = random.below(2) === 0;
  if (goesFirst) leave(goer);
  await sim.advance(random.below(5));
  const found = findTool(comer);
  await sim.advance(random.below(5));
  if (!goesFirst) leave(goer);
  await sim.settle(found);
}

async function findTool(client: Client): Promise<void> {
  const { tool } = await client.launcher.find();
  client.tool = bind(Tool, tool);
  expect(await client.tool.use()).toBe(process.pid);
}

function leave(client: Client): void {
  client.tool?.[Symbol.dispose]();
  client.tool = null;
}

/** The tasks that are servers. */
function servers(sim: Simulation): number[] {
  return [...new Set(sim.ports().flatMap(({ task, label }) => (label === 'server' ? [task] : [])))];
}
