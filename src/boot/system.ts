import { basename, dirname, resolve } from 'node:path';
import {
  Bootstrap,
  Groups,
  type Handlers,
  HostPort,
  makeStub,
  type Opened,
  type Opener,
  place,
  type Placement,
  type Routines,
  serve,
  type ServeOptions,
  type Service,
  type Stub,
  type StubOptions,
  type Subsystem,
} from '../driver/index.ts';
import type { Child } from '../host/host.ts';
import { DISP, NULL_NAME } from '../kernel/types.ts';
import type { Routes } from '../link/routes.ts';
import { copy, deferred, SendRight, type Task } from '../task/index.ts';
import { IpcError } from '../errors.ts';
import { GROUP_MODULE } from './entries.ts';
import { type Placements, placementOf } from './placements.ts';
import { resolveModule } from './resolve-module.ts';

export type OpenOptions = StubOptions & {
  /**
   * Where it runs. Default: what `boot`'s `placements` say of it, else `'inline'`. Drivers opened by this system in the same
   * `'process:NAME'` share one process.
   */
  place?: Placement;
  /** Given to the driver as `env.options`; any value that can travel. */
  options?: unknown;
  /** Its name in errors, output labels and `easync ps`. Default: the module's base name, or its folder's if that is `index`. */
  name?: string;
  /**
   * Where it runs, and with which Node flags (`process` and `thread`). Relative module paths start at `cwd`. In a group the
   * first opening decides, and others leave them out or say the same.
   */
  cwd?: string;
  execArgv?: readonly string[];
  /** What it prints, in a thread or a process of its own. The lines of a group go to `boot`'s `onOutput`, under its name. */
  onOutput?: (stream: 'stdout' | 'stderr', line: string) => void;
};

export type SystemParts = {
  threadEntry: string | null;
  onOutput: (driver: string, stream: 'stdout' | 'stderr', line: string) => void;
  /** Where drivers run whose opening does not say so. */
  placements: Placements;
  /** The private broker, if this process started one. */
  broker?: Child | undefined;
};

/** This process, attached to a broker: opens drivers, serves ports, looks names up. Dispose it to leave. */
export class System implements AsyncDisposable {
  /** The task below: ports and rights by hand. */
  readonly task: Task;
  /** The name service. */
  readonly names: Stub<typeof Bootstrap>;
  /** The broker's own port, or null where this task does not hold the host right. */
  readonly host: Stub<typeof HostPort> | null;
  readonly #bootstrap: SendRight;
  readonly #opener: Opener;
  readonly #parts: SystemParts;
  readonly #opened = new Map<Opened, string>();
  readonly #opening = new Set<Promise<Opened>>();
  #leaving: Promise<void> | undefined;

  /** @internal Use `boot`. */
  constructor(task: Task, routes: Routes, parts: SystemParts) {
    const { bootstrap, host } = task.welcome;
    this.task = task;
    this.#parts = parts;
    this.#bootstrap = firstRight(task, bootstrap);
    this.names = makeStub(Bootstrap, copy(this.#bootstrap));
    this.host = host === NULL_NAME ? null : makeStub(HostPort, firstRight(task, host));
    let route = 0;
    this.#opener = {
      task,
      routes,
      host: this.host,
      threadEntry: parts.threadEntry,
      groupModule: GROUP_MODULE,
      groups: new Groups(task),
      onOutput: parts.onOutput,
      nextRoute: () => ++route,
    };
  }

  /**
   * Opens a driver in a placement and answers a stub of it; its state is this opening's own. Dispose the stub to end it.
   * `module` is a URL, a path against `cwd`, or a package specifier.
   *
   * @throws IpcError EMODULE (missing, throws, no driver), ESPAWN (ended before it was ready), EPERM (no host right), EINVAL
   */
  async open<R extends Routines>(
    subsystem: Subsystem<R>,
    module: string | URL,
    options: OpenOptions = {},
  ): Promise<Stub<Subsystem<R>>> {
    checkSubsystem('open', subsystem);
    const cwd = resolve(options.cwd ?? '.');
    const url = resolveModule(module, cwd);
    const name = options.name ?? nameOf(new URL(url).pathname);
    const { execArgv = [], onOutput = (stream, line) => this.#parts.onOutput(name, stream, line) } = options;
    if (this.#leaving !== undefined) throw left(name);
    const opening = place(
      this.#opener,
      options.place ?? placementOf(this.#parts.placements, name),
      { module: url, name, options: options.options, bootstrap: this.#bootstrap, onOutput },
      { cwd, execArgv, asked: { cwd: options.cwd && cwd, execArgv: options.execArgv } },
    );
    this.#opening.add(opening);
    const opened = await opening.finally(() => this.#opening.delete(opening));
    if (this.#leaving !== undefined) {
      opened.service.deallocate();
      opened.abandon();
      throw left(name);
    }
    this.#opened.set(opened, name);
    void opened.gone.then(() => this.#opened.delete(opened));
    return makeStub(subsystem, opened.service, options);
  }

  /** @internal Names of the drivers it has opened that have not gone. */
  get drivers(): string[] {
    return [...this.#opened.values()];
  }

  /** A stub for a right that came in a message. It owns the right. */
  bind<R extends Routines>(subsystem: Subsystem<R>, right: SendRight, options: StubOptions = {}): Stub<Subsystem<R>> {
    checkSubsystem('bind', subsystem);
    checkRight(subsystem, right);
    return makeStub(subsystem, right, options);
  }

  /** A port of this task that runs `handlers`. */
  serve<R extends Routines>(subsystem: Subsystem<R>, handlers: Handlers<R>, options: ServeOptions = {}): Service {
    return serve(this.task, subsystem.name, subsystem, handlers, options);
  }

  /** A stub for the port that is checked in under `name`. With `wait`, as soon as there is one. */
  async lookUp<R extends Routines>(
    subsystem: Subsystem<R>,
    name: string,
    { validate = false, ...options }: StubOptions & { wait?: boolean } = {},
  ): Promise<Stub<Subsystem<R>>> {
    const { port } = await this.names.lookUp({ name, ...options });
    return makeStub(subsystem, port, { validate });
  }

  /** Ends the drivers this process has opened, leaves the broker, and ends a private one. Whatever is stuck is killed. */
  dispose(): Promise<void> {
    this.#leaving ??= this.#leave();
    return this.#leaving;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  async #leave(): Promise<void> {
    const { task } = this;
    const { broker } = this.#parts;
    for (const opened of this.#opened.keys()) opened.service.deallocate();
    const drivers = [...[...this.#opened.keys()].map(({ gone }) => gone), ...this.#opening];
    await this.#inGrace(Promise.race([Promise.allSettled(drivers), task.closed]));
    for (const opened of this.#opened.keys()) opened.abandon();
    if (!(await this.#inGrace(task.dispose()))) task.link.destroy();
    if (broker === undefined) return;
    if (!(await this.#inGrace(broker.exited))) broker.kill('SIGKILL');
    await broker.exited;
  }

  /** Answers whether it settled in `killGraceMs`. */
  async #inGrace(done: Promise<unknown>): Promise<boolean> {
    const { host, limits } = this.task;
    const patience = deferred<boolean>();
    using _timer = host.timer(limits.killGraceMs, () => patience.resolve(false));
    return await Promise.race([done.then(() => true), patience.promise]);
  }
}

/** The base name of a module; of an `index.js` that of its folder. */
function nameOf(path: string): string {
  const name = basename(path).replace(/\.[^.]*$/, '');
  return name === 'index' ? basename(dirname(path)) : name;
}

function checkSubsystem(op: string, subsystem: unknown): void {
  if (typeof subsystem === 'object' && subsystem !== null && 'ids' in subsystem && subsystem.ids instanceof Map) return;
  throw new IpcError('EINVAL', `${op}: first comes the subsystem, as defineSubsystem answers it`, { op });
}

function checkRight({ name }: Subsystem, right: unknown): void {
  if (right instanceof SendRight) return;
  throw new IpcError('EINVAL', `bind: ${name}: a stub stands on a send right, such as one that came in a message`, {
    op: 'bind',
    object: name,
  });
}

function left(name: string): IpcError {
  return new IpcError('ERELEASED', `open: this system was disposed, and opens ${name} no more; boot another`, {
    op: 'open',
    object: name,
  });
}

function firstRight(task: Task, name: number): SendRight {
  const right = task.arrive({ disp: DISP.MOVE_SEND, name });
  if (right instanceof SendRight) return right;
  throw new IpcError('EPROTOCOL', 'the broker welcomed this task without a send right it needs');
}
