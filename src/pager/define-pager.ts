import { IpcError } from '../errors.ts';
import { defineDriver, type Driver, type DriverEnv, type Handlers } from '../driver/index.ts';
import type { SendRight } from '../task/index.ts';
import { type Attachment, PagerObjects, type ServedObject } from './objects.ts';
import { Pager } from './pager-subsystem.ts';
import type { Store } from './store-api.ts';

export type PagerRoutines = (typeof Pager)['routines'];

/** What a pager's factory is given. */
export interface PagerEnv extends DriverEnv {
  /** Serves one more object; with a name it is checked in by it on every broker. */
  object(name: string | null, store: Store): Promise<ServedObject>;
  /**
   * Makes this pager one that a broker can have as its default pager (`host.setDefaultPager({ port })`): memory that tasks allocate
   * there is written to such a store when the broker needs room.
   */
  defaultPager(storeFor: (size: number) => Store): SendRight;
}

export type PagerDefinition = {
  /** Checked in by these names. */
  objects?: Readonly<Record<string, Store>>;
  /** Makes an object for who calls `open({ of })`. It goes when nobody has a right to it any more. */
  open?(of: unknown): Store | Promise<Store>;
};

export type PagerFactory = (env: PagerEnv) => PagerDefinition | Promise<PagerDefinition>;

/** A pager's module exports one: a driver like any other, which serves memory objects. */
export type PagerDriver = Driver<PagerRoutines> & { readonly [PAGER]: PagerFactory };

/** Recognises pagers made by another copy of this package. */
const PAGER = Symbol.for('easync.pager');

/** A module's default export becomes a pager: `export default definePager(() => ({ objects: { book: { size, read, write } } }))`. */
export function definePager(factory: PagerFactory): PagerDriver {
  return { ...pagerDriver(factory, []), [PAGER]: factory };
}

export function isPager(value: unknown): value is PagerDriver {
  return typeof value === 'object' && value !== null && PAGER in value;
}

/** @internal How a pager that runs is attached to one more broker, and what serves its routines there. */
export type Serving = {
  handlersFor(attachment: Attachment): Handlers<PagerRoutines>;
  attach(attachment: Attachment): Promise<void>;
};

/** @internal The pager, attached to other brokers, too. `onServing` gets what serves its routines there. */
export function pagerOn(
  pager: PagerDriver,
  others: readonly Attachment[],
  onServing: (serving: Serving) => void,
): Driver<PagerRoutines> {
  return pagerDriver(pager[PAGER], others, onServing);
}

function pagerDriver(
  factory: PagerFactory,
  others: readonly Attachment[],
  onServing?: (serving: Serving) => void,
): Driver<PagerRoutines> {
  return defineDriver(Pager, async (env) => {
    const first: Attachment = { task: env.task, names: env.names };
    const objects = new PagerObjects([first, ...others], env.name);
    env.onClose(() => objects.close());
    const definition = await factory({
      ...env,
      object: (name, store) => objects.add(name, store),
      defaultPager: (storeFor) => objects.defaultPager(storeFor),
    });
    for (const [name, store] of Object.entries(definition.objects ?? {})) await objects.add(name, store);
    const handlersFor = (attachment: Attachment): Handlers<PagerRoutines> => handlers(objects, attachment, definition);
    onServing?.({ handlersFor, attach: (attachment) => objects.attach(attachment) });
    return handlersFor(first);
  });
}

function handlers(objects: PagerObjects, { task }: Attachment, definition: PagerDefinition): Handlers<PagerRoutines> {
  return {
    object({ name }) {
      const { object, store } = objects.named(name, 'object');
      return { port: object.right(task), size: store.size };
    },
    async open(asked) {
      // Who asks for nothing is told by the pager what there is to ask for.
      const { of }: { of?: unknown } = Object(asked);
      if (definition.open === undefined) {
        throw new IpcError('ENONAME', 'open: this pager makes no objects; ask for one by `object({ name })`', {
          op: 'open',
        });
      }
      const store = await definition.open(of);
      const object = await objects.add(null, store);
      return { port: object.right(task), size: store.size };
    },
    names: () => objects.names(),
    async sync(what) {
      const name = what?.name;
      if (name === undefined) await objects.sync();
      else await objects.named(name, 'sync').object.sync();
    },
    async invalidate({ name, offset, length }) {
      await objects.named(name, 'invalidate').object.invalidate(offset, length);
    },
  };
}
