import { fileURLToPath } from 'node:url';
import { copy, IpcError, portOf, type Stub, type System } from 'easync';
import { type Simulation, simulate } from 'easync/testing';
import { Held } from '../fixtures/held-driver.js';
import { seededRandom, type Random } from '../../src/host/seeded-random.ts';

const DRIVER = fileURLToPath(new URL('../fixtures/held-driver.js', import.meta.url));
const STEPS = 60;
const TASKS = 3;

type Client = { system: System; alive: boolean; stubs: Stub<typeof Held>[]; sent: number };

export type History = {
  /** How each call ended: `ok`, or code and `handled`. */
  outcomes: string[];
  /** What must not happen, and did. */
  violations: string[];
  trace: string[];
};

/** One random history: tasks that call, pass rights on, are delayed, cut off and killed, and the driver too. */
export async function runHistory(seed: number): Promise<History> {
  const history: History = { outcomes: [], violations: [], trace: [] };
  const random = seededRandom(seed);
  const sim = await simulate(seed);
  const clients: Client[] = [];
  for (let i = 0; i < TASKS; i += 1) {
    clients.push({ system: await sim.attach(`task ${i}`), alive: true, stubs: [], sent: 0 });
  }
  const world = new World(sim, random, clients, history);
  world.openDriver(clients[0]);
  await sim.run();
  for (let step = 0; step < STEPS; step += 1) await world.step();
  await world.finish();
  return history;
}

class World {
  readonly #sim: Simulation;
  readonly #random: Random;
  readonly #clients: Client[];
  readonly #history: History;
  #waiting = 0;

  constructor(sim: Simulation, random: Random, clients: Client[], history: History) {
    this.#sim = sim;
    this.#random = random;
    this.#clients = clients;
    this.#history = history;
  }

  openDriver(client: Client | undefined): void {
    if (client === undefined) return;
    const opened = client.system.open(Held, DRIVER, { place: 'process' });
    this.#watch(
      'open',
      opened.then((stub) => client.stubs.push(stub)),
      'any',
    );
  }

  async step(): Promise<void> {
    const living = this.#clients.filter(({ alive }) => alive);
    const client = living[this.#random.below(living.length)];
    if (client === undefined) return;
    const stub = client.stubs[this.#random.below(Math.max(1, client.stubs.length))];
    const act = this.#random.below(100);
    if (act < 25) await this.#letTimePass();
    else if (act < 32) this.#disturb(client);
    else if (act < 34) this.#kill(client);
    else if (act < 37) this.#trace('kill driver', this.#sim.killDriver());
    else if (act < 42) this.openDriver(client);
    else if (stub === undefined) return;
    else if (act < 48) this.#share(client, stub);
    else if (act < 50) this.#drop(client, stub);
    else this.#call(client, stub, act);
  }

  async finish(): Promise<void> {
    for (const { system, alive } of this.#clients) if (alive) this.#calm(system);
    await this.#sim.run();
    for (const { system, alive } of this.#clients) {
      if (alive) await this.#sim.settle(system.dispose());
    }
    await this.#sim.run();
    // Drivers whose opener was killed get their grace.
    await this.#sim.advance(10_000);
    if (this.#waiting > 0) this.#violation(`${this.#waiting} calls never settled`);
    const left = this.#sim.ports().filter(({ label }) => label !== 'broker');
    if (left.length > 0) this.#violation(`names left behind: ${JSON.stringify(left)}`);
    await this.#sim[Symbol.asyncDispose]();
  }

  #call(client: Client, stub: Stub<typeof Held>, act: number): void {
    const value = { n: (client.sent += 1), data: new Uint8Array(this.#random.below(64)) };
    const options = act < 60 ? { timeoutMs: this.#random.below(50) } : {};
    if (act < 70) this.#watch('hold', stub.hold(value, options), value);
    else if (act < 80) this.#watch('echo', stub.echo(value, options), value);
    else if (act < 88) this.#watch('later', stub.later(value, options), value);
    else if (act < 94) this.#watch('note', stub.note(value), undefined);
    else if (act < 97) this.#watch('release', stub.release(undefined), 'any');
    else this.#watch('notes', stub.notes(undefined), 'any', (notes) => this.#mustBeInOrder(notes));
  }

  #watch(what: string, result: unknown, expected: unknown, check?: (value: unknown) => void): void {
    let settled = 0;
    const id = this.#history.outcomes.length + this.#waiting;
    this.#waiting += 1;
    this.#trace('call', what, id);
    const end = (outcome: string): void => {
      settled += 1;
      this.#waiting -= 1;
      if (settled > 1) this.#violation(`call ${id} settled ${settled} times`);
      this.#history.outcomes.push(outcome);
      this.#trace('end', what, id, outcome);
    };
    Promise.resolve(result).then(
      (value) => {
        if (expected !== 'any' && JSON.stringify(value) !== JSON.stringify(expected))
          this.#violation(`${what}: a wrong answer`);
        check?.(value);
        end('ok');
      },
      (error: unknown) => end(IpcError.is(error) ? `${error.code} ${error.handled ?? ''}`.trim() : String(error)),
    );
  }

  /** Of each sender's one-way messages a server may miss some, at the end; it never sees one before an older one. */
  #mustBeInOrder(notes: unknown): void {
    if (!Array.isArray(notes)) return this.#violation('notes is no list');
    const numbers = notes.map((note: { n: number }) => note.n);
    if (
      this.#clients.every(({ stubs }, i) => i === 0 || stubs.length === 0) &&
      numbers.some((n, i) => i > 0 && n <= (numbers[i - 1] ?? 0))
    ) {
      this.#violation(`one sender's messages arrived as ${numbers.join(', ')}`);
    }
    return undefined;
  }

  #share(client: Client, stub: Stub<typeof Held>): void {
    // The driver hands the right back to its caller: it has been through two boundaries.
    this.#watch(
      'share',
      Promise.resolve(stub.pass({ right: copy(portOf(stub)) })).then(({ right }) => {
        client.stubs.push(client.system.bind(Held, right));
      }),
      'any',
    );
  }

  #drop(client: Client, stub: Stub<typeof Held>): void {
    this.#trace('drop');
    client.stubs.splice(client.stubs.indexOf(stub), 1);
    stub[Symbol.dispose]();
  }

  #kill(client: Client): void {
    this.#trace('kill task', this.#clients.indexOf(client));
    client.alive = false;
    client.stubs = [];
    this.#sim.kill(client.system);
  }

  #disturb({ system }: Client): void {
    const { toBroker, fromBroker } = this.#sim.faults(system);
    const direction = this.#random.below(2) === 0 ? toBroker : fromBroker;
    const how = this.#random.below(3);
    this.#trace('disturb', how);
    if (how === 0) direction.hold();
    else if (how === 1) direction.release();
    else direction.delay(this.#random.below(30));
  }

  #calm(system: System): void {
    const { toBroker, fromBroker } = this.#sim.faults(system);
    for (const direction of [toBroker, fromBroker]) {
      direction.delay(0);
      direction.release();
    }
  }

  async #letTimePass(): Promise<void> {
    await this.#sim.advance(this.#random.below(40));
  }

  #trace(...words: unknown[]): void {
    this.#history.trace.push(words.join(' '));
  }

  #violation(text: string): void {
    this.#history.violations.push(text);
  }
}
