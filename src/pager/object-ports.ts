import { MAX_QLIMIT } from '../kernel/types.ts';
import { make, type ReceiveRight, type SendRight, type Task } from '../task/index.ts';
import type { Kernels } from './kernels.ts';

/** The ports of one object, one on each broker: what kernels hear of it by. Disposing leaves the ports to `kernels`. */
export class ObjectPorts implements Disposable {
  readonly #label: string;
  readonly #kernels: Kernels;
  readonly #onUnused: (() => void) | undefined;
  readonly #ports = new Map<Task, ReceiveRight>();
  readonly #closings: Disposable[] = [];

  /** `onUnused`: it had a port, and nobody has a right to any of its ports any more. */
  constructor(label: string, kernels: Kernels, onUnused: (() => void) | undefined) {
    this.#label = label;
    this.#kernels = kernels;
    this.#onUnused = onUnused;
  }

  /** A fresh send right, for whoever shall map it on this task's broker. */
  right(task: Task): SendRight {
    const port = this.#ports.get(task) ?? this.serve(task.allocate({ label: this.#label, qlimit: MAX_QLIMIT }));
    return make.send(port);
  }

  serve(port: ReceiveRight): ReceiveRight {
    this.#ports.set(port.task, port);
    this.#kernels.listen(port);
    this.#closings.push(port.task.onClosed(() => this.#drop(port)));
    if (this.#onUnused !== undefined) port.onNoSenders(() => void this.#unused(port));
    return port;
  }

  [Symbol.dispose](): void {
    for (const closing of this.#closings) closing[Symbol.dispose]();
  }

  /** What was sent before is still heard. */
  async #unused(port: ReceiveRight): Promise<void> {
    while (!port.isDestroyed && (await port.hasMessages()));
    if (port.isDestroyed) return;
    if (port.hasSenders) return port.onNoSenders(() => void this.#unused(port));
    this.#drop(port);
  }

  #drop(port: ReceiveRight): void {
    this.#ports.delete(port.task);
    port.destroy();
    if (this.#ports.size === 0) this.#onUnused?.();
  }
}
