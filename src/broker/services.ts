import { Bootstrap, instantiate, loadDriver, makeStub } from '../driver/index.ts';
import { memoryLinkPair } from '../link/memory-link.ts';
import { sweepNamelessFiles } from '../os/temporary-file.ts';
import { Task } from '../task/index.ts';
import type { Broker } from './broker.ts';
import { hostDriver, type HostDriverOptions } from './host-driver.ts';
import { Memory } from './memory/memory.ts';
import type { Grants } from './new-task.ts';

export type ServiceOptions = HostDriverOptions & {
  /** URL of the name server's module. */
  bootstrapModule: string;
  warn: (text: string) => void;
};

/**
 * The broker's own task: a task like any other, over an in-memory link, in which the drivers run that are placed in the
 * broker. Answers the grants for tasks that may use the host port; others get the bootstrap right alone.
 */
export async function startServices(broker: Broker, options: ServiceOptions): Promise<() => Grants> {
  const { a: ours, b: theirs } = memoryLinkPair(broker.host);
  broker.attach(theirs, () => ({}));
  const task = await Task.attach(
    broker.host,
    ours,
    {
      label: 'broker',
      limits: { ...broker.limits, pendingCalls: NO_LIMIT },
      check: false,
      pid: process.pid,
      threadId: 0,
    },
    options.warn,
  );
  sweepNamelessFiles();
  const memory = new Memory(broker, task);
  broker.memory = memory;
  const names = await instantiate(
    task,
    await loadDriver(broker.host, options.bootstrapModule),
    'bootstrap',
    { names: broker.limits.registeredNames },
    null,
  );
  const hostPort = await instantiate(task, hostDriver(broker, memory, task, options), 'host', undefined, null);
  using directory = makeStub(Bootstrap, names.service.right());
  await directory.register({ name: 'bootstrap', port: names.service.right() });
  // Held as long as the broker lives, so that the two ports never run out of senders.
  const kept = { bootstrap: names.service.right(), host: hostPort.service.right() };
  const from = task.welcome.task;
  const grants = (): Grants => ({
    bootstrap: { from, right: kept.bootstrap.departSpec() },
    host: { from, right: kept.host.departSpec() },
  });
  grants();
  // Answered when the kernel knows both ports.
  await task.calls.call('port_names', {});
  return grants;
}

/** A pager that is stuck holds up what is meant for it, and not what others are to get. */
const NO_LIMIT = Infinity;
