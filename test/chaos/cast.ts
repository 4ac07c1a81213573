import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { boot, copy, defineSubsystem, portOf, routine, type System } from 'easync';
import { CLI, descendants, isRunning, Program } from '../support/processes.ts';
import { Scratch } from '../support/scratch.ts';
import { until, within } from '../support/until.ts';
import { ChaosClient } from './chaos-client.ts';
import type { CallRecord } from './judge.ts';

const WORKER = new URL('./fixtures/worker.js', import.meta.url);
const Worker = defineSubsystem('worker', { now: routine<{ id: string }, number>() });
const CLIENTS = 2;
/** How long anything may take to be over after a death, on a loaded machine. */
const SOON_MS = 10_000;

/** What lives as long as one broker. */
type Scene = { broker: Program; system: System; worker: number };

/** The processes of the play: a shared broker, a driver in its own process, clients. Who is killed is replaced. */
export class Cast implements AsyncDisposable {
  clients: ChaosClient[] = [];
  readonly #scratch: Scratch;
  readonly #log: string;
  readonly #others = new Set(descendants(process.pid));
  readonly #past: ChaosClient[] = [];
  readonly #workers: number[] = [];
  #scene: Scene;

  private constructor(scratch: Scratch, scene: Scene) {
    this.#scratch = scratch;
    this.#log = logIn(scratch);
    this.#scene = scene;
  }

  static async assemble(): Promise<Cast> {
    const scratch = await Scratch.make();
    writeFileSync(logIn(scratch), '');
    const cast = new Cast(scratch, await startScene(scratch));
    cast.#startClients();
    return cast;
  }

  /** Until every client has been told of this many more calls. */
  async progress(calls: number): Promise<void> {
    const goals = this.clients.map((client) => [client, client.ended + calls] as const);
    await until(() => {
      for (const { program } of this.clients) if (!isRunning(program.pid)) throw new Error('a client ended by itself');
      return goals.every(([client, goal]) => client.ended >= goal);
    });
  }

  async killWorker(): Promise<void> {
    this.#workers.push(this.#scene.worker);
    process.kill(this.#scene.worker, 'SIGKILL');
    this.#scene.worker = await startWorker(this.#scene.system, this.#log);
  }

  async killClient(index: number): Promise<void> {
    const [client] = this.clients.splice(index, 1);
    if (client === undefined) throw new Error(`there is no client ${index}`);
    this.#past.push(client);
    await client.kill();
    this.#startClients();
  }

  async killBroker(): Promise<void> {
    this.#scene.broker.kill('SIGKILL');
    await this.#sceneEnds();
    this.#scene = await startScene(this.#scratch);
    this.#startClients();
  }

  /** Ends the play in good order. Answers what was said and done in it, and what is left that should not be. */
  async dismiss(): Promise<{
    calls: CallRecord[];
    handled: string[];
    left: { processes: number[]; files: string[] };
  }> {
    this.#scene.broker.kill('SIGTERM');
    await this.#sceneEnds();
    const exit = await this.#scene.broker.exited;
    if (exit.code !== 0)
      throw new Error(`the broker ended with ${JSON.stringify(exit)}: ${await this.#scene.broker.stderr}`);
    const handled = readFileSync(this.#log, 'utf8').split('\n').filter(Boolean);
    rmSync(this.#log);
    const mine = (): number[] => descendants(process.pid).filter((pid) => !this.#others.has(pid));
    await within(SOON_MS, () => mine().length === 0 && !this.#workers.some(isRunning));
    const left = { processes: [...mine(), ...this.#workers.filter(isRunning)], files: this.#scratch.files };
    return { calls: this.#past.flatMap(({ records }) => records), handled, left };
  }

  /** After a failure: nothing of the play goes on. Clients and driver end with the broker. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#scene.broker.kill('SIGKILL');
    await this.#scene.system.dispose();
    for (const client of this.clients) await client.kill();
    await this.#scratch[Symbol.asyncDispose]();
  }

  /** The broker is about to be gone: every client has all its calls settled, says so and ends, and so does the driver. */
  async #sceneEnds(): Promise<void> {
    const { broker, system, worker } = this.#scene;
    this.#workers.push(worker);
    await broker.exited;
    for (const client of this.clients) await client.settlesAll(SOON_MS);
    this.#past.push(...this.clients);
    this.clients = [];
    await system.dispose();
  }

  #startClients(): void {
    while (this.clients.length < CLIENTS) {
      this.clients.push(new ChaosClient(socketIn(this.#scratch), String(this.#past.length + this.clients.length)));
    }
  }
}

async function startScene(scratch: Scratch): Promise<Scene> {
  const broker = new Program([CLI, 'broker', '--json', '--socket', socketIn(scratch)]);
  await broker.line();
  const system = await boot({ socket: socketIn(scratch), label: 'director', onOutput });
  return { broker, system, worker: await startWorker(system, logIn(scratch)) };
}

/** A driver in its own process, under the name that clients look up. Answers its process. */
async function startWorker(system: System, log: string): Promise<number> {
  const label = `worker ${(workersStarted += 1)}`;
  const worker = await system.open(Worker, WORKER, { place: 'process', name: label, options: { log } });
  await system.names.register({ name: 'worker', port: copy(portOf(worker)) });
  const status = await system.host?.ps();
  const pid = status?.tasks.find((task) => task.label === label)?.pid;
  if (pid === undefined) throw new Error(`${label} is not among the tasks`);
  return pid;
}

let workersStarted = 0;

/** That a worker was killed is no news here. */
function onOutput(worker: string, _stream: string, line: string): void {
  if (line !== 'ended: SIGKILL') process.stderr.write(`[${worker}] ${line}\n`);
}

function socketIn(scratch: Scratch): string {
  return scratch.join('broker.sock');
}

function logIn(scratch: Scratch): string {
  return scratch.join('handled');
}
