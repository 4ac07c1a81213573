import { IpcError } from '../errors.ts';
import type { Link } from '../link/link.ts';
import { memoryLinkPair, type MemoryLinkPair } from '../link/memory-link.ts';
import { EventQueue } from './event-queue.ts';
import type { Child, ChildExit, Host, SpawnRequest } from './host.ts';
import { seededRandom } from './seeded-random.ts';

/** What a simulated process is: code that gets the child's end of the link. */
export type SimulatedProcess = {
  /** Settles when the process ends by itself. */
  exit: Promise<ChildExit>;
  /** The process is killed: it must not do anything more. Its link has been cut. */
  kill?(signal: 'SIGTERM' | 'SIGKILL'): void;
};

export type SimulatedOptions = {
  /** Starts a process. Without it, `spawn` fails with ESPAWN. */
  spawn?: (request: SpawnRequest, link: Link) => SimulatedProcess;
  /** Sees every link the host makes, with what can be done to it. */
  onLink?: (kind: 'connect' | 'spawn', pair: MemoryLinkPair) => void;
};

export type SimulatedHost = Host & {
  /** Runs until nothing is left to happen, background timers aside. */
  run(): Promise<void>;
  /** Runs until the predicate holds; throws if nothing is left to happen before it does. */
  runUntil(predicate: () => boolean): Promise<void>;
  /** Lets this much virtual time pass. */
  advance(ms: number): Promise<void>;
};

/** Virtual time starts here, for every seed. */
const EPOCH = Date.UTC(2026, 0, 1);
const FIRST_PID = 1000;

/** A host without an outside world: the same seed and the same program give the same history. */
export function simulatedHost(seed: number, options: SimulatedOptions = {}): SimulatedHost {
  const random = seededRandom(seed);
  const events = new EventQueue(EPOCH, seededRandom(~seed));
  const listeners = new Map<string, (link: Link) => void>();
  let nextPid = FIRST_PID;
  let loading: Promise<void> | undefined;

  const host: SimulatedHost = {
    now: () => events.now,
    timer: (ms, fn, { unref = false } = {}) => events.add(ms, fn, unref),
    immediate: (fn) => void events.add(0, fn),
    random: (bytes) => random.bytes(bytes),
    load: (module) =>
      new Promise((resolve, reject) => {
        // Reading files takes real time: history stands still meanwhile, or it would depend on the disk.
        events.add(0, () => {
          const loaded = import(module);
          loading = loaded.then(resolve, reject);
        });
      }),
    spawn: (request) => Promise.resolve().then(() => spawn(request)),
    async listen(path, onLink) {
      if (listeners.has(path))
        throw new IpcError('EBROKERRUNS', `something is in the way at ${path}`, { object: path });
      listeners.set(path, onLink);
      return { close: () => Promise.resolve(void listeners.delete(path)) };
    },
    async connect(path) {
      const onLink = listeners.get(path);
      if (onLink === undefined) throw new IpcError('ENOBROKER', `no broker listens at ${path}`, { object: path });
      const pair = memoryLinkPair(host);
      options.onLink?.('connect', pair);
      host.immediate(() => onLink(pair.b));
      return pair.a;
    },
    async run() {
      await settled();
      while (events.busy) await next();
    },
    async runUntil(predicate) {
      await settled();
      while (!predicate()) {
        if (!events.busy) throw new IpcError('EINVAL', 'nothing is left to happen, and what was waited for has not');
        await next();
      }
    },
    async advance(ms) {
      const until = events.now + ms;
      await settled();
      while (events.step(until)) await afterwards();
      events.now = until;
    },
  };
  return host;

  async function next(): Promise<void> {
    events.step();
    await afterwards();
  }

  async function afterwards(): Promise<void> {
    await loading;
    await settled();
  }

  function spawn(request: SpawnRequest): Child {
    if (options.spawn === undefined) {
      throw new IpcError('ESPAWN', 'this simulation has no processes', { op: 'spawn', object: request.entry });
    }
    const pair = memoryLinkPair(host);
    options.onLink?.('spawn', pair);
    const simulated = options.spawn(request, pair.b);
    let killed: (exit: ChildExit) => void = () => {};
    const end = new Promise<ChildExit>((resolve) => (killed = resolve));
    return {
      pid: nextPid++,
      link: pair.a,
      exited: Promise.race([simulated.exit, end]).then((exit) => {
        pair.b.destroy();
        return exit;
      }),
      kill(signal = 'SIGTERM') {
        pair.b.destroy();
        simulated.kill?.(signal);
        killed({ code: null, signal });
      },
    };
  }
}

/** Lets every promise job and next tick run: what is left afterwards waits for an event. */
function settled(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
