import { IpcError } from '../errors.ts';
import { startThread } from '../host/thread.ts';
import { relay, type Routes } from '../link/routes.ts';
import { move, type SendRight, type Task } from '../task/index.ts';
import { encodeFields, encodeHead, MESSAGES } from '../wire/index.ts';
import type { Groups } from './groups.ts';
import type { HostPort } from './host-subsystem.ts';
import { type DriverSpec, type Opened, openElsewhere, openInline } from './open.ts';
import { asPlacement, groupName, type GroupPlacement, isGroup, type Placement } from './placement.ts';
import type { Stub } from './stub.ts';

/** What an opener has at hand to place drivers. */
export type Opener = {
  task: Task;
  /** The link that threads of this process share with it. */
  routes: Routes;
  /** The broker's host right, if this task holds it. */
  host: Stub<typeof HostPort> | null;
  /** Program of a worker thread; null where there are none (a simulation). */
  threadEntry: string | null;
  /** The module that the process of a named group runs. */
  groupModule: string;
  groups: Groups;
  /** Takes what the process of a group prints: nobody can say which of its drivers did. */
  onOutput: (group: string, stream: 'stdout' | 'stderr', line: string) => void;
  nextRoute(): number;
};

export type Surroundings = {
  cwd: string;
  execArgv: readonly string[];
  /** Of the two, what the opening itself asks for; the rest are defaults. */
  asked: { cwd?: string | undefined; execArgv?: readonly string[] | undefined };
};

/** Opens a driver in a placement. What the client gets is a send right in each case; only what `put` returns differs. */
export async function place(
  opener: Opener,
  placement: Placement,
  spec: DriverSpec,
  around: Surroundings,
): Promise<Opened> {
  const { task } = opener;
  asPlacement(placement, 'open', `open ${spec.name}`);
  if (isGroup(placement)) return inGroup(opener, placement, spec, around);
  switch (placement) {
    case 'inline':
      return openInline(task, spec);
    case 'thread':
      return openElsewhere(task, spec, (parent) => inThread(opener, spec, around, parent));
    case 'process':
      return inProcess(opener, placement, spec, around);
    case 'broker': {
      const host = hostOf(opener, placement);
      return openElsewhere(task, spec, async (parent) => {
        await host.load({ parent: move(parent) });
        return nothing;
      });
    }
  }
}

async function inProcess(
  opener: Opener,
  placement: Placement,
  spec: DriverSpec,
  around: Surroundings,
): Promise<Opened> {
  const host = hostOf(opener, placement);
  const { module, name } = spec;
  const { cwd, execArgv } = around;
  return openElsewhere(opener.task, spec, async (parent) => {
    await host.spawn({ module, name, cwd, execArgv: [...execArgv], parent: move(parent) });
    return nothing;
  });
}

/** The group's process is opened as any other; its driver is one that loads drivers. */
function inGroup(opener: Opener, placement: GroupPlacement, spec: DriverSpec, around: Surroundings): Promise<Opened> {
  const name = groupName(placement);
  const shared: DriverSpec = {
    module: opener.groupModule,
    name,
    options: undefined,
    bootstrap: null,
    onOutput: (stream, line) => opener.onOutput(name, stream, line),
  };
  return opener.groups.open(name, { spec, around, start: () => inProcess(opener, placement, shared, around) });
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
    const thread = startThread(
      { entry: threadEntry, cwd: around.cwd, execArgv: around.execArgv, onOutput: spec.onOutput },
      task.limits,
    );
    relay(link, thread.link);
    return () => thread.terminate();
  } catch (error) {
    link.close();
    throw error;
  }
}

/** The broker ends what it has started for an opener when the opener's port is gone. */
function nothing(): void {}

function hostOf(opener: Opener, placement: Placement): Stub<typeof HostPort> {
  if (opener.host !== null) return opener.host;
  throw new IpcError(
    'EPERM',
    `place: '${placement}' needs the host right, which only tasks that attach by socket or start the broker hold; ask your opener to place it`,
    { op: 'open' },
  );
}
