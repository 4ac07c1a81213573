import { IpcError } from '../errors.ts';
import type { Bootstrap, Stub } from '../driver/index.ts';
import { MAX_QLIMIT } from '../kernel/types.ts';
import { make, ReceiveRight, SendRight, serveXp, type Task } from '../task/index.ts';
import { PagedObject } from './paged-object.ts';
import type { Store } from './store-api.ts';

/** A broker that a pager serves: the task by which it is attached to it, and the name service there. */
export type Attachment = { readonly task: Task; readonly names: Stub<typeof Bootstrap> | null };

type Served = { object: PagedObject; size: number };

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

  /** One more broker: what has a name is checked in there. A broker that has gone is no longer served. */
  async attach(attachment: Attachment): Promise<void> {
    this.#attachments.push(attachment);
    for (const [name, { object }] of this.#named) {
      await attachment.names?.checkIn({ name, port: object.right(attachment.task) });
    }
  }

  /** A nameless one goes when nobody has a right to it any more. */
  async add(name: string | null, store: Store): Promise<PagedObject> {
    check(name, store);
    const label = name === null ? `an object of ${this.#label}` : `object '${name}'`;
    const { warn } = this.#first;
    const object = new PagedObject(
      store,
      label,
      warn,
      name === null ? (): void => void this.#close(object) : undefined,
    );
    this.#all.add(object);
    if (name === null) return object;
    this.#named.set(name, { object, size: store.size });
    for (const { names, task } of this.#attachments) {
      if (!task.isClosed) await names?.checkIn({ name, port: object.right(task) });
    }
    return object;
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
      const object = new PagedObject(storeFor(message.size), label, this.#first.warn, () => void this.#close(object));
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
    for (const [name, { object }] of this.#named) {
      for (const { names, task } of this.#attachments) {
        if (task.isClosed || names === null) continue;
        // Somebody else may have taken the name since.
        await Promise.resolve(names.checkOut({ name, port: object.right(task) })).catch(() => undefined);
      }
    }
    this.#named.clear();
    for (const port of this.#ports) port.destroy();
    await Promise.all([...this.#all].map((object) => this.#close(object)));
  }

  async #close(object: PagedObject): Promise<void> {
    this.#all.delete(object);
    try {
      await object.close();
    } catch (error) {
      this.#first.warn(`${this.#label}: an object ended with bytes that could not be stored: ${String(error)}`);
    }
  }
}

function check(name: string | null, store: Store): void {
  if (Number.isSafeInteger(store.size) && store.size >= 0 && typeof store.read === 'function') return;
  const text = `object '${name ?? ''}': a store has a size of 0 or more bytes, and a function \`read\``;
  throw new IpcError('EINVAL', text, { op: 'object', object: name ?? '' });
}
