import { readFileSync, writeFileSync } from 'node:fs';
import { boot, type System } from 'easync';
import type { Random } from '../../src/host/seeded-random.ts';
import { isRunning } from '../support/processes.ts';
import { SharedBroker } from '../support/shared-broker.ts';
import { until, within } from '../support/until.ts';
import type { TraderStatus } from './fixtures/trader/trader.js';
import { ENDINGS, stillOpen } from './phases.ts';
import { TraderProcess } from './stage.ts';
import { judgeTransfers } from './transfer-judge.ts';

const TRADERS = 3;
/** How long anything may take to be over, on a loaded machine. */
const SOON_MS = 15_000;

/** Traders in processes of their own at one shared broker. They act, some are killed and replaced, all come to an end. */
export class Market implements AsyncDisposable {
  readonly #broker: SharedBroker;
  readonly #system: System;
  readonly #random: Random;
  readonly #living: TraderProcess[] = [];
  #gone: TraderProcess[] = [];
  #started = 0;
  #names = 0;
  kills = 0;

  private constructor(broker: SharedBroker, system: System, random: Random) {
    this.#broker = broker;
    this.#system = system;
    this.#random = random;
  }

  static async open(random: Random): Promise<Market> {
    const broker = await SharedBroker.start();
    const market = new Market(broker, await boot({ socket: broker.socket, label: 'director' }), random);
    for (let i = 0; i < TRADERS; i += 1) await market.#startTrader();
    return market;
  }

  /** One act, from an empty market to an empty market. Answers what went wrong, and what came of every promise. */
  async act(): Promise<{ faults: string[]; tally: Map<string, number> }> {
    writeFileSync(this.#log, '');
    const base = await this.#inventory();
    await Promise.all(this.#living.map((trader) => this.#begin(trader)));
    for (let kill = 1 + this.#random.below(4); kill > 0; kill -= 1) {
      await this.#progress(50 + this.#random.below(400));
      await this.#kill();
    }
    await this.#progress(100);
    const faults = await this.#close();
    if (!(await within(SOON_MS, async () => (await this.#inventory()) === base))) {
      faults.push(`at first:\n${base}\nat last:\n${await this.#inventory()}`);
    }
    const records = [...this.#gone, ...this.#living].flatMap((trader) => trader.records.splice(0));
    this.#gone = [];
    const judged = judgeTransfers(records, readFileSync(this.#log, 'utf8').split('\n').filter(Boolean));
    return { faults: [...faults, ...judged.faults], tally: judged.tally };
  }

  /** Everybody leaves in good order. Answers who had something to complain of. */
  async dismiss(): Promise<string[]> {
    const complaints = await Promise.all(this.#living.splice(0).map((trader) => trader.leave()));
    return complaints.filter(Boolean);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const trader of this.#living) await trader.kill();
    await this.#system.dispose();
    await this.#broker[Symbol.asyncDispose]();
  }

  async #startTrader(): Promise<TraderProcess> {
    const label = `trader ${(this.#started += 1)}`;
    const trader = await TraderProcess.start(this.#system, this.#broker.socket, label, this.#log);
    this.#living.push(trader);
    return trader;
  }

  #begin(trader: TraderProcess): Promise<void> {
    return trader.begin(`t${(this.#names += 1)}`, this.#random.below(2 ** 31));
  }

  /** Until every trader has told this much more. */
  async #progress(lines: number): Promise<void> {
    const goals = this.#living.map((trader) => [trader, trader.told + lines] as const);
    await until(() => {
      for (const { program, label } of this.#living) {
        if (!isRunning(program.pid)) throw new Error(`${label} ended by itself`);
      }
      return goals.every(([trader, goal]) => trader.told >= goal);
    });
  }

  async #kill(): Promise<void> {
    const [victim] = this.#living.splice(this.#random.below(this.#living.length), 1);
    if (victim === undefined) throw new Error('there is nobody left');
    this.kills += 1;
    this.#gone.push(victim);
    await victim.kill();
    await this.#begin(await this.#startTrader());
  }

  /** Everything comes to an end. Answers what does not. */
  async #close(): Promise<string[]> {
    const faults: string[] = [];
    for (const [phase, ...kinds] of ENDINGS[this.#random.below(ENDINGS.length)] ?? []) {
      await Promise.all(this.#living.map((trader) => trader.phase(phase)));
      const open = await this.#untilNone((status) => stillOpen(status, kinds));
      faults.push(...open.map((what) => `after ${phase}: ${what}`));
      if (phase === 'calm') faults.push(...(await this.#deadPeers()));
    }
    return faults;
  }

  /** Who still knows somebody who was killed. */
  async #deadPeers(): Promise<string[]> {
    const dead = new Set(this.#gone.flatMap(({ records }) => records.map(({ name }) => name)));
    const known = await this.#untilNone(({ peers }) => peers.filter((name) => dead.has(name)));
    return known.map((name) => `${name} was killed, and somebody has not heard of it`);
  }

  /** Answers what \`open\` still finds after a while. */
  async #untilNone(open: (status: TraderStatus) => string[]): Promise<string[]> {
    let found: string[] = [];
    await within(SOON_MS, async () => {
      found = (await Promise.all(this.#living.map((trader) => trader.status()))).flatMap(open);
      return found.length === 0;
    });
    return found;
  }

  /** What each task has, the broker's own included. Who came in place of another has the same. */
  async #inventory(): Promise<string> {
    const { host } = this.#system;
    if (host === null) throw new Error('a task that attaches by socket holds the host right');
    const [{ tasks }, ports] = [await host.ps(), await host.ports({})];
    const lines = tasks.map(({ task, queuedBytes }) => {
      const rights = ports
        .filter((port) => port.task === task)
        .map((port) => `${port.rights.join('+')} ×${port.refs} ${port.queued} queued`);
      return `${rights.sort().join(', ')}; ${queuedBytes} bytes queued`;
    });
    return lines.sort().join('\n');
  }

  get #log(): string {
    return this.#broker.scratch.join('reached');
  }
}
