import { threadId } from 'node:worker_threads';
import { IpcError } from '../errors.ts';
import type { Child, Host } from '../host/host.ts';
import { realHost } from '../host/real.ts';
import { DEFAULT_LIMITS, type Limits } from '../limits.ts';
import type { Link } from '../link/link.ts';
import { splitRoutes } from '../link/routes.ts';
import { Task } from '../task/index.ts';
import { entryOf } from './entries.ts';
import { attachByName } from './named-broker.ts';
import { type Placements, readPlacements } from './placements.ts';
import { System, type SystemParts } from './system.ts';

export type BootOptions = {
  /** Socket of a running broker. Default: `EASYNC_SOCKET`; without either, a private broker is started for this process. */
  socket?: string;
  /**
   * Name of a broker of this user's, instead of a socket: letters, digits, `.`, `_` and `-`. It is started if it does not run,
   * goes on when its starter leaves, and ends when its last task has left (docs/brokers.md).
   */
  broker?: string;
  /** Name of this process in `easync ps` and error texts. */
  label?: string;
  /** Test mode: inline calls are as strict as others (docs/caveats.md). Default: `EASYNC_CHECK=1`. */
  check?: boolean;
  /**
   * Where drivers run whose `open` leaves `place` out: a JSON file, or what it would hold, by the driver's name, `'*'` for
   * all others (docs/placements.md). Default: the file that `EASYNC_PLACEMENTS` names, if any.
   */
  placements?: string | URL | Placements;
  /** Limits that are this task's own; a broker has its own for all its tasks. */
  limits?: Partial<Pick<Limits, OwnLimit>>;
  /** What drivers print, line by line. Default: to stderr, each line labelled with the driver's name, or its group's. */
  onOutput?: (driver: string, stream: 'stdout' | 'stderr', line: string) => void;
};

type OwnLimit =
  | 'pendingCalls'
  | 'heldBack'
  | 'lockWaiters'
  | 'lockOwners'
  | 'bodyDepth'
  | 'handshakeMs'
  | 'killGraceMs';

/**
 * Attaches this process to a broker as a task. Dispose the result to leave: drivers it opened end, and so does a private
 * broker. A private broker has no file and no name, and ends with this process however that ends.
 *
 * @throws IpcError ENOBROKER, EVERSION, ESOCKETPATH, ERUNTIMEDIR, ESPAWN, EINVAL (a file of placements that cannot be used, a
 * name that no broker can have, both a name and a socket)
 */
export async function boot(options: BootOptions = {}): Promise<System> {
  if (typeof options !== 'object' || options === null) throw noOptions(options);
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const host = realHost(limits);
  const parts = {
    limits,
    label: options.label ?? process.argv[1] ?? 'node',
    check: options.check ?? process.env['EASYNC_CHECK'] === '1',
    threadEntry: entryOf('thread'),
    onOutput: options.onOutput ?? printLabelled,
    placements: await readPlacements(options.placements ?? (process.env['EASYNC_PLACEMENTS'] || {})),
  };
  if (options.broker !== undefined) {
    if (options.socket !== undefined) throw twoBrokers(options.broker, options.socket);
    return attachByName(host, options.broker, limits, (link) => attachSystem(host, link, parts));
  }
  const socket = options.socket ?? process.env['EASYNC_SOCKET'];
  const broker = socket === undefined || socket === '' ? await startPrivateBroker(host) : undefined;
  return attachSystem(host, broker?.link ?? (await dial(host, String(socket))), { ...parts, broker });
}

/** Makes this process a task of the broker at the other end of `link`, or ends the link. */
export async function attachSystem(
  host: Host,
  link: Link,
  options: SystemParts & { limits: Limits; label: string; check: boolean },
): Promise<System> {
  const { limits, label, check } = options;
  const routes = splitRoutes(link, () => undefined);
  try {
    const task = await Task.attach(host, routes.main, { label, limits, check, pid: process.pid, threadId }, warn);
    return new System(task, routes, options);
  } catch (error) {
    link.destroy();
    throw error;
  }
}

function noOptions(options: unknown): IpcError {
  const text = `boot: its options are an object, such as { broker: 'west' }, not ${JSON.stringify(options)}`;
  return new IpcError('EINVAL', text, { op: 'boot' });
}

function twoBrokers(broker: string, socket: string): IpcError {
  const text = `boot: a broker's name ('${broker}') and a socket ('${socket}') may be two brokers; give one of them`;
  return new IpcError('EINVAL', text, { op: 'boot', object: broker });
}

async function dial(host: Host, socket: string): Promise<Link> {
  try {
    return await host.connect(socket);
  } catch (error) {
    if (!IpcError.is(error) || error.code !== 'ENOBROKER') throw error;
    throw new IpcError(
      'ENOBROKER',
      `no broker listens at ${socket}; start one with \`easync broker --socket ${socket}\`, or leave EASYNC_SOCKET unset for a private one`,
      { op: 'boot', object: socket, cause: error },
    );
  }
}

/** It inherits one end of a socket pair: there is nothing that another process could find. */
function startPrivateBroker(host: Host): Promise<Child> {
  return host.spawn({
    entry: entryOf('broker'),
    cwd: process.cwd(),
    execArgv: [],
    onOutput: (stream, line) => printLabelled('broker', stream, line),
  });
}

function printLabelled(driver: string, _stream: string, line: string): void {
  process.stderr.write(`[${driver}] ${line}\n`);
}

function warn(text: string): void {
  process.emitWarning(text, 'EasyncWarning');
}
