import { IpcError } from '../errors.ts';
import { startThread } from '../host/thread.ts';
import { relay, type Routes } from '../link/routes.ts';
import { move, type SendRight, type Task } from '../task/index.ts';
import { encodeFields, encodeHead, MESSAGES } from '../wire/index.ts';
import type { HostPort } from './host-subsystem.ts';
import { type DriverSpec, type Opened, openElsewhere, openInline } from './open.ts';
import type { Stub } from './stub.ts';

/** Where a driver runs. */
export type Placement = 'inline' | 'thread' | 'process' | 'broker';

/** What an opener has at hand to place drivers. */
export type Opener = {
  task: Task;
  /** The link that threads of this process share with it. */
  routes: Routes;
  /** The broker's host right, if this task holds it. */
  host: Stub<typeof HostPort> | null;
  /** Program of a worker thread; null where there are none (a simulation). */
  threadEntry: string | null;
  nextRoute(): number;
};

export type Surroundings = { cwd: string; execArgv: readonly string[] };

/** Opens a driver in a placement. What the client gets is a send right in each case; only what `put` returns differs. */
export async function place(
  opener: Opener,
  placement: Placement,
  spec: DriverSpec,
  around: Surroundings,
): Promise<Opened> {
  const { task } = opener;
  switch (placement) {
    case 'inline':
      return openInline(task, spec);
    case 'thread':
      return openElsewhere(task, spec, (parent) => inThread(opener, spec, around, parent));
    case 'process': {
      const host = hostOf(opener, placement);
      const { module, name } = spec;
      const { cwd, execArgv } = around;
      return openElsewhere(task, spec, async (parent) => {
        await host.spawn({ module, name, cwd, execArgv: [...execArgv], parent: move(parent) });
        return nothing;
      });
    }
    case 'broker': {
      const host = hostOf(opener, placement);
      return openElsewhere(task, spec, async (parent) => {
        await host.load({ parent: move(parent) });
        return nothing;
      });
    }
    default:
      throw unknownPlacement(placement);
  }
}

/** A worker thread is a task of its own on a route of this process's link; the main thread only passes its frames on. */
async function inThread(
  opener: Opener,
  spec: DriverSpec,
  around: Surroundings,
  parent: SendRight,
): Promise<() => void> {
  const { task, routes, threadEntry } = opener;
  if (threadEntry === null)
    throw new IpcError('EINVAL', `place: 'thread' needs real threads, which a simulation has not`, { op: 'open' });
  const route = opener.nextRoute();
  const link = routes.open(route);
  const adopt = encodeFields('adopt', { route, module: spec.module, label: spec.name });
  task.link.send(encodeHead({ kind: MESSAGES.adopt.id }, [parent.departSpec()]), adopt);
  parent.consume();
  try {
    const thread = startThread({ entry: threadEntry, ...around, onOutput: spec.onOutput }, task.limits);
    relay(link, thread.link);
    return () => thread.terminate();
  } catch (error) {
    link.close();
    throw error;
  }
}

/** The broker ends what it has started for an opener when the opener's port is gone. */
function nothing(): void {}

function hostOf(opener: Opener, placement: string): Stub<typeof HostPort> {
  if (opener.host !== null) return opener.host;
  throw new IpcError(
    'EPERM',
    `place: '${placement}' needs the host right, which only tasks that attach by socket or start the broker hold; ask your opener to place it`,
    { op: 'open' },
  );
}

function unknownPlacement(placement: never): IpcError {
  return new IpcError('EINVAL', `there is no placement '${String(placement)}'; use inline, thread, process or broker`, {
    op: 'open',
  });
}
