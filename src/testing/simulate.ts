import { Broker } from '../broker/broker.ts';
import { startServices } from '../broker/services.ts';
import { attachSystem } from '../boot/boot.ts';
import type { System } from '../boot/system.ts';
import { simulatedHost, type SimulatedProcess } from '../host/simulated.ts';
import type { PortStatus } from '../driver/index.ts';
import { portsStatus } from '../broker/status.ts';
import { DEFAULT_LIMITS, type Limits } from '../limits.ts';
import type { Link } from '../link/link.ts';
import type { Faults, MemoryLinkPair } from '../link/memory-link.ts';
import { taskHere, warn } from './task-here.ts';

export type SimulateOptions = { limits?: Partial<Limits>; check?: boolean };

/** A broker and its tasks in one process, on virtual time and in-memory links. The same seed replays the same history. */
export interface Simulation extends AsyncDisposable {
  readonly seed: number;
  /** Attaches one more task. `process` and `broker` placements work as usual; a thread is the real system's business. */
  attach(label: string): Promise<System>;
  /** What can be done to the two directions of a task's link: hold, delay, cut. */
  faults(system: System): { toBroker: Faults; fromBroker: Faults };
  /** Kills a task as `kill -9` does: what it had not sent yet is lost, and nothing of it runs any more. */
  kill(system: System): void;
  /** Kills the newest living driver process. Answers false if there is none. */
  killDriver(): boolean;
  /** Lets things happen until `promise` settles. Throws if nothing is left to happen before. */
  settle<T>(promise: T | Promise<T>): Promise<T>;
  /** Lets everything happen that is due without waiting for timers in the background. */
  run(): Promise<void>;
  /** Lets this much virtual time pass. */
  advance(ms: number): Promise<void>;
  /** Every name of every task, as `easync ports` shows them. */
  ports(): PortStatus[];
}

/** Starts a simulation. A failure in it is reproduced by its seed. */
export async function simulate(seed: number, options: SimulateOptions = {}): Promise<Simulation> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const processes = new Set<() => void>();
  const dialled: MemoryLinkPair[] = [];
  const links = new Map<System, MemoryLinkPair>();
  const host = simulatedHost(seed, {
    spawn: (_request, link) => driverProcess(link),
    onLink: (kind, pair) => {
      if (kind === 'connect') dialled.push(pair);
    },
  });
  const broker = new Broker(host, limits);
  const settle = async <T>(promise: T | Promise<T>): Promise<T> => {
    let settled = false;
    const done = Promise.resolve(promise).finally(() => {
      settled = true;
    });
    done.catch(() => undefined);
    await host.runUntil(() => settled);
    return done;
  };
  const grants = await settle(
    startServices(broker, {
      driverEntry: '',
      bootstrapModule: new URL('../../servers/bootstrap/index.js', import.meta.url).href,
      socket: null,
      peerCredentials: false,
      warn,
    }),
  );
  await host.listen(SOCKET, (link) => broker.accept(link, grants));
  const faultsOf = (system: System): MemoryLinkPair => {
    const pair = links.get(system);
    if (pair === undefined) throw new TypeError('this system belongs to another simulation');
    return pair;
  };

  return {
    seed,
    settle,
    run: () => host.run(),
    advance: (ms) => host.advance(ms),
    ports: () => portsStatus(broker, undefined),
    async attach(label) {
      const link = await settle(host.connect(SOCKET));
      const pair = dialled.at(-1);
      const system = await settle(
        attachSystem(host, link, {
          limits,
          label,
          check: options.check ?? true,
          threadEntry: null,
          placements: {},
          onOutput: warnOutput,
        }),
      );
      if (pair !== undefined) links.set(system, pair);
      return system;
    },
    faults: (system) => ({ toBroker: faultsOf(system).aToB, fromBroker: faultsOf(system).bToA }),
    kill: (system) => faultsOf(system).aToB.kill(),
    killDriver() {
      const newest = [...processes].at(-1);
      newest?.();
      return newest !== undefined;
    },
    async [Symbol.asyncDispose]() {
      broker.close();
      await host.run();
    },
  };

  /** What a spawned process runs, here on the simulation's time. */
  function driverProcess(link: Link): SimulatedProcess {
    const kill = (): void => {
      processes.delete(kill);
      link.destroy();
    };
    processes.add(kill);
    return { exit: taskHere(host, link, limits, () => processes.delete(kill)), kill };
  }
}

const SOCKET = 'broker';

function warnOutput(driver: string, stream: string, line: string): void {
  warn(`${driver} ${stream}: ${line}`);
}
