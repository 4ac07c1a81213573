import { IpcError } from '../errors.ts';
import { move, type Task } from '../task/index.ts';
import { Group } from './group-subsystem.ts';
import { type DriverSpec, type Opened, openElsewhere } from './open.ts';
import type { Surroundings } from './place.ts';
import { makeStub, type Stub } from './stub.ts';

type Member = {
  spec: DriverSpec;
  around: Surroundings;
  /** Starts the group's process. */
  start: () => Promise<Opened>;
};

/** The process of one group, from its first opening on. */
type Shared = {
  readonly name: string;
  readonly around: Surroundings;
  readonly process: Promise<{ stub: Stub<typeof Group>; gone: Promise<void> }>;
  /** Openings that are under way, or whose driver has not gone. */
  members: number;
};

/** The named groups of one system. A group's process starts with its first driver and ends with its last. */
export class Groups {
  readonly #task: Task;
  readonly #shared = new Map<string, Shared>();

  constructor(task: Task) {
    this.#task = task;
  }

  /** @throws IpcError EINVAL: the process runs elsewhere, or with other flags, than this opening asks for. */
  async open(name: string, member: Member): Promise<Opened> {
    for (;;) {
      const known = this.#shared.get(name);
      if (known !== undefined) mustSuit(known, member);
      // Nothing is awaited up to here: of openings at the same time the first one starts the process.
      const shared = known ?? this.#start(name, member);
      shared.members += 1;
      const opened = await this.#load(shared, member.spec).catch((error: unknown) => {
        void this.#leave(shared);
        throw error;
      });
      if (opened !== undefined) return { ...opened, gone: opened.gone.then(() => this.#leave(shared)) };
      // It had died, and the news of that was still on its way.
      this.#forget(shared);
      void this.#leave(shared);
    }
  }

  #start(name: string, { around, start }: Member): Shared {
    const shared: Shared = {
      name,
      around,
      members: 0,
      process: start().then(({ service, gone }) => {
        service.onDead(() => this.#forget(shared));
        return { stub: makeStub(Group, service), gone };
      }),
    };
    this.#shared.set(name, shared);
    return shared;
  }

  /** Answers undefined if the process was dead before it could hear of the driver. */
  async #load(shared: Shared, spec: DriverSpec): Promise<Opened | undefined> {
    const { stub } = await shared.process;
    let isDead = false;
    try {
      return await openElsewhere(this.#task, spec, async (parent) => {
        try {
          await stub.load({ parent: move(parent) });
        } catch (error) {
          isDead = IpcError.is(error) && error.handled === 'no' && !this.#task.isClosed;
          throw error;
        }
        return () => undefined;
      });
    } catch (error) {
      if (isDead) return undefined;
      throw error;
    }
  }

  /** After the last member the process ends, and is waited for. */
  async #leave(shared: Shared): Promise<void> {
    shared.members -= 1;
    if (shared.members > 0) return;
    this.#forget(shared);
    const started = await shared.process.catch(() => undefined);
    started?.stub[Symbol.dispose]();
    await started?.gone;
  }

  /** The next opening starts a process anew. */
  #forget(shared: Shared): void {
    if (this.#shared.get(shared.name) === shared) this.#shared.delete(shared.name);
  }
}

function mustSuit({ name, around }: Shared, { spec, around: { asked } }: Member): void {
  for (const what of ['cwd', 'execArgv'] as const) {
    const [has, wants] = [JSON.stringify(around[what]), JSON.stringify(asked[what] ?? around[what])];
    if (has === wants) continue;
    throw new IpcError(
      'EINVAL',
      `open ${spec.name}: the process of group ${name} runs with ${what} ${has}, as its first opening asked, and cannot run with ${wants}; leave ${what} out, or take another group`,
      { op: 'open', object: name },
    );
  }
}
