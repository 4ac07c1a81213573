import type { Name } from '../../kernel/types.ts';
import type { Frame } from '../../wire/index.ts';
import type { CarriedRight } from '../rights/target.ts';
import type { Task } from '../task.ts';

/** `returned`: the name under which the kernel gives back a right that it had taken; null if it never took it. */
export type ComeBack = (mayKeep: boolean, returned: Name | null) => void;

/**
 * A receive right that has left this task in a message. Until the kernel says that it took that message, more may arrive for
 * the port: if it did, they are the kernel's, which delivers them again to the next holder; if it did not, they are ours.
 */
export class Departure implements CarriedRight {
  readonly #task: Task;
  readonly #name: Name;
  readonly #frames: Frame[];
  readonly #comeBack: ComeBack;

  /** `untaken`: what was delivered before, and nobody has started on. */
  constructor(task: Task, name: Name, untaken: Frame[], comeBack: ComeBack) {
    this.#task = task;
    this.#name = name;
    this.#frames = untaken;
    this.#comeBack = comeBack;
    task.departures.set(name, this);
  }

  /** One more frame for the port. */
  hold(frame: Frame): void {
    // The link's buffer is about to be reused.
    this.#frames.push({ ...frame, body: Buffer.from(frame.body) });
  }

  taken(): void {
    this.#task.departures.delete(this.#name);
  }

  /** What had been delivered before is the kernel's, which delivers it again. */
  returned(name: Name, mayKeep: boolean): void {
    this.#task.departures.delete(this.#name);
    this.#comeBack(mayKeep, name);
  }

  notTaken(mayKeep: boolean): void {
    this.#task.departures.delete(this.#name);
    this.#comeBack(mayKeep, null);
    for (const frame of this.#frames) this.#task.onFrame(frame);
  }
}
