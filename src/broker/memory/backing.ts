import type { Limits } from '../../limits.ts';
import type { Host } from '../../host/host.ts';
import type { SendRight, Task, XpArrival } from '../../task/index.ts';
import type { ObjectId } from '../../vm/types.ts';
import { ObjectMemory } from './object-memory.ts';
import { ObjectPorts } from './object-ports.ts';

type Heard = {
  /** Its pager wanted it so: its port is another object's from then on (pager.md §1.4). */
  isDestroyed(object: ObjectId): boolean;
  isBusy(object: ObjectId): boolean;
  message(object: ObjectId, arrival: XpArrival): void;
  congested(object: ObjectId, is: boolean): void;
  died(object: ObjectId): void;
};

/** What stands behind each of the machine's objects: ports, and memory. */
export class Backing {
  readonly #task: Task;
  readonly #host: Host;
  readonly #limits: Limits;
  readonly #heard: Heard;
  readonly #ports = new Map<ObjectId, ObjectPorts>();
  readonly #memories = new Map<ObjectId, ObjectMemory>();
  /** By the name of its port in the broker's own task. */
  readonly #byPort = new Map<number, ObjectId>();

  constructor(task: Task, host: Host, limits: Limits, heard: Heard) {
    this.#task = task;
    this.#host = host;
    this.#limits = limits;
    this.#heard = heard;
  }

  /** The object at a port, which `create` makes if it is not known. Takes the right over. */
  at(right: SendRight, create: () => ObjectId): ObjectId {
    const known = this.#byPort.get(right.name);
    if (known !== undefined && !this.#heard.isDestroyed(known)) {
      right.deallocate();
      return known;
    }
    const object = create();
    this.#byPort.set(right.name, object);
    this.ports(object).isAt(right);
    return object;
  }

  /** Gives an object of the kernel's own a port. */
  make(object: ObjectId): void {
    this.#byPort.set(this.ports(object).make(), object);
  }

  ports(object: ObjectId): ObjectPorts {
    const known = this.#ports.get(object);
    if (known !== undefined) return known;
    const ports = new ObjectPorts(this.#task, {
      isBusy: () => this.#heard.isBusy(object),
      message: (arrival) => this.#heard.message(object, arrival),
      congested: (is) => this.#heard.congested(object, is),
      died: () => this.#heard.died(object),
    });
    this.#ports.set(object, ports);
    return ports;
  }

  /** Undefined: nobody has mapped it yet. */
  memoryIfAny(object: ObjectId): ObjectMemory | undefined {
    return this.#memories.get(object);
  }

  memory(object: ObjectId): ObjectMemory {
    const known = this.#memories.get(object);
    if (known !== undefined) return known;
    const memory = new ObjectMemory(this.#host, this.#limits);
    this.#memories.set(object, memory);
    return memory;
  }

  /** What has waited on the object's control port is heard. */
  goOn(object: ObjectId): void {
    this.#ports.get(object)?.goOn();
  }

  memories(): Iterable<ObjectMemory> {
    return this.#memories.values();
  }

  /** The broker's name for the object's port; 0: it has none. */
  portOf(object: ObjectId): number {
    return this.#ports.get(object)?.port ?? 0;
  }

  forget(object: ObjectId): void {
    const port = this.portOf(object);
    if (this.#byPort.get(port) === object) this.#byPort.delete(port);
    this.#ports.get(object)?.[Symbol.dispose]();
    this.#ports.delete(object);
    this.#memories.get(object)?.[Symbol.dispose]();
    this.#memories.delete(object);
  }
}
