import type { Child, Host } from '../host/host.ts';
import { defineDriver, HostPort, makeStub, Parent, serveFor } from '../driver/index.ts';
import { copy, deferred, type SendRight, type Task } from '../task/index.ts';
import type { Broker } from './broker.ts';
import type { Memory } from './memory/memory.ts';
import { vmStatus } from './memory/status.ts';
import { portsStatus, status } from './status.ts';

export type HostDriverOptions = {
  /** Program of a task process. */
  driverEntry: string;
  socket: string | null;
  peerCredentials: boolean;
  /** The first driver is about to be hosted: the broker's own loop is in its hands from now on. */
  onHosting?: () => void;
};

/** What the broker does beside the kernel's work: starts processes, hosts drivers, tells what is there. */
export function hostDriver(broker: Broker, memory: Memory, task: Task, options: HostDriverOptions) {
  let { onHosting } = options;
  const inTurn = oneATurn(broker.host);
  return defineDriver(HostPort, () => ({
    spawn: (request) => spawn(broker, task, options.driverEntry, request),
    load({ parent }) {
      onHosting?.();
      onHosting = undefined;
      void serveFor(task, parent).catch((error: unknown) => task.warn(`a hosted driver failed: ${String(error)}`));
      return { pid: process.pid };
    },
    ps: () => inTurn(() => status(broker, options)),
    ports: ({ task: only }) => inTurn(() => portsStatus(broker, only)),
    dead: () => [...broker.dead],
    vm: () => inTurn(() => vmStatus(broker, memory)),
    setDefaultPager: ({ port }) => memory.setDefaultPager(port),
  }));
}

type SpawnArgs = { module: string; name: string; cwd: string; execArgv: string[]; parent: SendRight };

/**
 * The child belongs to whoever receives from `parent`: its output goes there, its end is told there. When that port dies, or
 * the child's own link, it has `killGraceMs` to end by itself.
 */
async function spawn(broker: Broker, task: Task, entry: string, request: SpawnArgs): Promise<{ pid: number }> {
  const { host, limits } = broker;
  const { module, name, cwd, execArgv, parent } = request;
  const opener = makeStub(Parent, parent);
  let child: Child;
  try {
    child = await broker.children.start({
      entry,
      cwd,
      execArgv,
      onOutput: async (stream, line) => {
        // The child goes on writing only as fast as its opener takes it.
        if (!parent.isDead) await ignoreDeath(opener.output({ stream, line }));
      },
    });
  } catch (error) {
    opener[Symbol.dispose]();
    throw error;
  }
  const right = copy(parent);
  let grace: Disposable | undefined;
  let hasExited = false;
  let wasKilled: string | undefined;
  const kill = (): void => {
    wasKilled = `its process went on for ${limits.killGraceMs} ms (killGraceMs) after its end, and was killed`;
    child.kill('SIGKILL');
  };
  const endSoon = (): void => {
    if (!hasExited) grace ??= host.timer(limits.killGraceMs, kill, { unref: true });
  };
  const linkEnded = deferred();
  const grants = { module, label: name, bootstrap: { from: task.welcome.task, right: right.departSpec() } };
  broker.attach(
    child.link,
    () => grants,
    () => {
      endSoon();
      linkEnded.resolve();
    },
  );
  parent.onDead(endSoon);
  void child.exited.then(async (exit) => {
    hasExited = true;
    grace?.[Symbol.dispose]();
    right.deallocate();
    await ignoreDeath(opener.exited(exit));
    opener[Symbol.dispose]();
    await linkEnded.promise;
    broker.dead.exited({ task: 0, pid: child.pid, threadId: 0, label: name }, exit, wasKilled);
  });
  return { pid: child.pid };
}

/** Looking at everything takes long where there is much: between two looks everybody else has a turn. */
function oneATurn(host: Host): <T>(look: () => T) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (look) => {
    const turn = last.then(() => new Promise<void>((resolve) => host.immediate(resolve))).then(look);
    last = turn.catch(() => undefined);
    return turn;
  };
}

/** The opener may have gone: then nobody wants to know. */
async function ignoreDeath(told: void | Promise<void>): Promise<void> {
  await Promise.resolve(told).catch(() => undefined);
}
