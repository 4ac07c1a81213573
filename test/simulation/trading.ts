import type { System } from 'easync';
import { type Simulation, simulate } from 'easync/testing';
import { type Random, seededRandom } from '../../src/host/seeded-random.ts';
import { Trader } from '../chaos/fixtures/trader/trader.js';
import { ENDINGS, type Phase, stillOpen } from '../chaos/phases.ts';
import { judgeTransfers, type Told } from '../chaos/transfer-judge.ts';

const STEPS = 400;
const TRADERS = 3;

type Player = { name: string; killed: boolean; told: Told[]; system: System; trader: Trader };

/** One random history of tasks that hand rights of every kind to each other, are delayed and killed. */
export async function trade(seed: number): Promise<{ faults: string[]; tally: Map<string, number> }> {
  const random = seededRandom(seed);
  const limits = { deliveryWindow: 1 + random.below(6) };
  const sim = await simulate(seed, { limits, check: random.below(2) === 0 });
  const market = new Market(sim, random);
  for (let i = 0; i < TRADERS; i += 1) await market.newcomer();
  await sim.run();
  const base = market.inventory();
  for (const { trader } of market.players) await sim.settle(trader.open());
  for (let step = 0; step < STEPS; step += 1) await market.step();
  const faults = await market.close();
  const now = market.inventory();
  if (now !== base) faults.push(`at first:\n${base}\nat last:\n${now}`);
  await sim[Symbol.asyncDispose]();
  const judged = judgeTransfers(market.players, market.log, { killsLose: true });
  return { faults: [...faults, ...judged.faults], tally: judged.tally };
}

class Market {
  readonly players: Player[] = [];
  /** What has reached a port. */
  readonly log: string[] = [];
  readonly #sim: Simulation;
  readonly #random: Random;

  constructor(sim: Simulation, random: Random) {
    this.#sim = sim;
    this.#random = random;
  }

  get #living(): Player[] {
    return this.players.filter(({ killed }) => !killed);
  }

  async newcomer(): Promise<Trader> {
    const name = `t${this.players.length}`;
    const system = await this.#sim.settle(this.#sim.attach(name));
    const told: Told[] = [];
    // What is left of a killed task's code in this process says nothing any more.
    const say = (fn: () => void): void => (player.killed ? undefined : fn());
    const trader = new Trader({
      sys: system,
      name,
      random: seededRandom(this.#random.below(2 ** 31)),
      tell: (what) => say(() => void told.push(what)),
      log: (line) => say(() => void this.log.push(line)),
    });
    const player = { name, killed: false, told, system, trader };
    this.players.push(player);
    return trader;
  }

  async step(): Promise<void> {
    const dice = this.#random.below(100);
    const player = this.#living[this.#random.below(this.#living.length)];
    if (player === undefined) return;
    if (dice < 80) player.trader.step();
    else if (dice < 81) await this.#kill(player);
    else if (dice < 86) this.#disturb(player);
    else await this.#sim.advance(this.#random.below(10));
  }

  async #kill(player: Player): Promise<void> {
    player.killed = true;
    this.#sim.kill(player.system);
    await this.#sim.settle((await this.newcomer()).open());
  }

  #disturb({ system }: Player): void {
    const { toBroker, fromBroker } = this.#sim.faults(system);
    const direction = this.#random.below(2) === 0 ? toBroker : fromBroker;
    const how = this.#random.below(4);
    if (how === 0) direction.hold();
    else if (how === 1) direction.release();
    else direction.delay(this.#random.below(10));
  }

  /** Everything comes to an end. Answers what does not. */
  async close(): Promise<string[]> {
    for (const { system } of this.#living) {
      const { toBroker, fromBroker } = this.#sim.faults(system);
      for (const direction of [toBroker, fromBroker]) {
        direction.delay(0);
        direction.release();
      }
    }
    const faults: string[] = [];
    for (const [phase, ...kinds] of ENDINGS[this.#random.below(ENDINGS.length)] ?? []) {
      await this.#phase(phase);
      for (const { trader } of this.#living) {
        faults.push(...stillOpen(trader.status(), kinds).map((what) => `after ${phase}: ${what}`));
      }
    }
    return faults;
  }

  async #phase(phase: Phase): Promise<void> {
    for (const { trader } of this.#living) trader[phase]();
    await this.#sim.advance(1000);
  }

  /** What each task has: rights, and what waits in it. */
  inventory(): string {
    const ports = this.#sim.ports();
    const lines = this.#living.map(({ system, trader }) => {
      const own = ports.filter(({ task }) => task === system.task.welcome.task);
      const rights = own.map((port) => `${port.rights.join('+')} ×${port.refs} ${port.queued} queued`).sort();
      return `${rights.join(', ')} ${JSON.stringify(trader.status().here)}`;
    });
    return lines.sort().join('\n');
  }
}
