import { IpcError } from '../errors.ts';
import type { Bootstrap, Stub } from '../driver/index.ts';
import { MAX_QLIMIT } from '../kernel/types.ts';
import { make, ReceiveRight, SendRight, serveXp, type Task } from '../task/index.ts';
import { PagedObject } from './paged-object.ts';
import type { Store } from './store-api.ts';

/** A broker that a pager serves: the task by which it is attached to it, and the name service there. */
export type Attachment = { readonly task: Task; readonly names: Stub<typeof Bootstrap> | null };

/** An object that is served, for who added it. */
export type ServedObject = Pick<PagedObject, 'right' | 'sync' | 'invalidate' | 'setCaching' | 'holdsFutex'> & {
  /** Stores what tasks have written, gives the name back, and ends: who maps it gets KERN_MEMORY_ERROR where the pager is needed. */
  close(): Promise<void>;
};

type Served = { object: PagedObject; store: Store };

/** What a timer takes. */
const MOST_BUDGET = 2 ** 31 - 1;

/** All objects of one pager. */
export class PagerObjects {
  readonly #attachments: [Attachment, ...Attachment[]];
  readonly #label: string;
  readonly #named = new Map<string, Served>();
  readonly #all = new Set<PagedObject>();
  /** Of default pagers. */
  readonly #ports: ReceiveRight[] = [];

  constructor(attachments: readonly [Attachment, ...Attachment[]], label: string) {
    this.#attachments = [...attachments];
    this.#label = label;
  }

  /** One more broker: what has a name is checked in there. */
  async attach(attachment: Attachment): Promise<void> {
    this.#attachments.push(attachment);
    for (const [name, { object }] of this.#named) {
      await attachment.names?.checkIn({ name, port: object.right(attachment.task) });
    }
  }

  /** A nameless one goes when nobody has a right to it any more. */
  async add(name: string | null, store: Store): Promise<ServedObject> {
    this.#check(name, store);
    const label = name === null ? `an object of ${this.#label}` : `object '${name}'`;
    const object = new PagedObject(
      store,
      label,
      this.#first,
      name === null ? (): void => void this.#close(object) : undefined,
    );
    this.#all.add(object);
    const served: ServedObject = {
      right: (task) => object.right(task),
      sync: () => object.sync(),
      invalidate: (offset, length) => object.invalidate(offset, length),
      setCaching: (mayCache) => object.setCaching(mayCache),
      holdsFutex: (offset, gen) => object.holdsFutex(offset, gen),
      close: () => this.#remove(name, object),
    };
    if (name === null) return served;
    this.#named.set(name, { object, store });
    try {
      for (const { names, task } of this.#attachments) {
        if (!task.isClosed) await names?.checkIn({ name, port: object.right(task) });
      }
    } catch (error) {
      this.#named.delete(name);
      await this.#close(object);
      throw error;
    }
    return served;
  }

  named(name: string, op: string): Served {
    const served = this.#named.get(name);
    if (served !== undefined) return served;
    const there = [...this.#named.keys()].join(', ') || 'none';
    throw new IpcError('ENONAME', `${op}: ${this.#label} has no object '${name}'; it has: ${there}`, {
      op,
      object: name,
    });
  }

  /** A port for `setDefaultPager` of the first broker: memory that its kernel makes itself gets a store from `storeFor`. */
  defaultPager(storeFor: (size: number) => Store): SendRight {
    const port = this.#first.allocate({ label: 'default pager', qlimit: MAX_QLIMIT });
    this.#ports.push(port);
    serveXp(port, ({ message, rights }) => {
      const [made, control, name] = rights;
      name?.deallocate();
      if (
        message.kind !== 'memory_object_create' ||
        !(made instanceof ReceiveRight) ||
        !(control instanceof SendRight)
      ) {
        for (const right of rights) right.deallocate();
        return;
      }
      const label = `memory of ${this.#label}`;
      const object = new PagedObject(storeFor(message.size), label, this.#first, () => void this.#close(object));
      this.#all.add(object);
      object.madeBy(made, control, message);
    });
    return make.send(port);
  }

  names(): string[] {
    return [...this.#named.keys()];
  }

  get #first(): Task {
    return this.#attachments[0].task;
  }

  async sync(): Promise<void> {
    await Promise.all([...this.#all].map((object) => object.sync()));
  }

  /** The pager ends: the names are free, and what was written is stored. */
  async close(): Promise<void> {
    await Promise.all([...this.#named].map(([name, { object }]) => this.#remove(name, object)));
    for (const port of this.#ports) port.destroy();
    await Promise.all([...this.#all].map((object) => this.#close(object)));
  }

  async #remove(name: string | null, object: PagedObject): Promise<void> {
    if (name !== null && this.#named.delete(name)) {
      for (const { names, task } of this.#attachments) {
        if (task.isClosed || names === null) continue;
        // Somebody else may have taken the name since.
        await Promise.resolve(names.checkOut({ name, port: object.right(task) })).catch(() => undefined);
      }
    }
    await this.#close(object);
  }

  async #close(object: PagedObject): Promise<void> {
    this.#all.delete(object);
    try {
      await object.close();
    } catch (error) {
      this.#first.warn(`${this.#label}: an object ended with bytes that could not be stored: ${String(error)}`);
    }
  }

  #check(name: string | null, store: Store): void {
    const object = name ?? '';
    if (!Number.isSafeInteger(store.size) || store.size < 0 || typeof store.read !== 'function') {
      const text = `object '${object}': a store has a size of 0 or more bytes, and a function \`read\``;
      throw new IpcError('EINVAL', text, { op: 'object', object });
    }
    const budgetMs = store.futexes?.budgetMs ?? 1;
    if (!Number.isSafeInteger(budgetMs) || budgetMs < 1 || budgetMs > MOST_BUDGET) {
      const text = `object '${object}': futexes.budgetMs is a number of milliseconds from 1 to ${MOST_BUDGET}`;
      throw new IpcError('EINVAL', text, { op: 'object', object });
    }
    if (name === null || !this.#named.has(name)) return;
    throw new IpcError('ENAMEINUSE', `${this.#label} has an object '${object}' already`, { op: 'object', object });
  }
}
