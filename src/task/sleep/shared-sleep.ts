import { type Name, NULL_NAME } from '../../kernel/types.ts';
import { decodeFields, type Frame } from '../../wire/index.ts';
import { gate } from '../critical.ts';
import type { ReceiveRight } from '../rights/receive-right.ts';
import type { SendRight } from '../rights/send-right.ts';
import type { Task } from '../task.ts';
import { InterestWords } from './interest-words.ts';
import { SharedIdent } from './shared-ident.ts';

/** This task's sleepers on what it shares with others. Their queues are the broker's; which sleeper is woken is said by number. */
export class SharedSleep {
  readonly words: InterestWords;
  readonly #task: Task;
  readonly #sleepers = new Map<number, Sleeper>();
  /** By what the handles of one port stand on. */
  readonly #ofPorts = new WeakMap<object, SharedIdent>();
  /** Handles that were opened, should nobody have them any more: those of ports are nobody's to dispose of. */
  readonly #handles = new FinalizationRegistry<number>((ident) => this.#forget(ident));
  #lastSleeper = 0;

  constructor(task: Task) {
    this.#task = task;
    this.words = new InterestWords(task);
  }

  /** The port as an ident: one and the same for every handle on it. */
  identOf(right: SendRight | ReceiveRight, op = 'prepare'): SharedIdent {
    const target = right.live(op);
    const known = this.#ofPorts.get(target);
    if (known !== undefined) return known;
    const ident = new SharedIdent(this.#task, `port ${target.label}`, () => ({ name: target.name, address: 0 }));
    this.#ofPorts.set(target, ident);
    return ident;
  }

  /** A word of memory as an ident, by its address in this task. `hold` throws if something else may be there by now. */
  identAt(address: number, hold: () => void): SharedIdent {
    const where = (): { name: Name; address: number } => {
      hold();
      return { name: NULL_NAME, address };
    };
    return new SharedIdent(this.#task, `the word at ${address}`, where);
  }

  /** The broker has given the handle its number. It counts how often. */
  opened(handle: SharedIdent, ident: number): void {
    this.#handles.register(handle, ident, handle);
  }

  /** The handle needs the number no more. With its last handle the broker forgets it. */
  closed(handle: SharedIdent, ident: number): void {
    this.#handles.unregister(handle);
    this.#forget(ident);
  }

  /** Numbers a sleeper, before the broker is told of it: a wakeup may be there before the answer. */
  add(handle: SharedIdent, woken: () => void): number {
    do this.#lastSleeper = (this.#lastSleeper + 1) >>> 0;
    while (this.#sleepers.has(this.#lastSleeper));
    this.#sleepers.set(this.#lastSleeper, { handle, woken });
    return this.#lastSleeper;
  }

  /** Whether it has not been woken. */
  has(sleeper: number): boolean {
    return this.#sleepers.has(sleeper);
  }

  delete(sleeper: number): void {
    this.#sleepers.delete(sleeper);
  }

  onWoken(frame: Frame): void {
    const { sleepers } = decodeFields('woken', frame.body);
    gate.pass(() => sleepers.forEach((sleeper) => this.#wake(sleeper)));
  }

  /** The link has ended. Nobody would wake them: they look for themselves, and find that they cannot sleep there any more. */
  linkEnded(): void {
    for (const sleeper of [...this.#sleepers.keys()]) this.#wake(sleeper);
    this.words[Symbol.dispose]();
  }

  #wake(sleeper: number): void {
    const woken = this.#sleepers.get(sleeper)?.woken;
    this.#sleepers.delete(sleeper);
    woken?.();
  }

  #forget(ident: number): void {
    if (!this.#task.isClosed) this.#task.calls.post('sleep_forget', { ident });
  }
}

/** What to run when it is woken. What it sleeps on is used as long as it does. */
type Sleeper = { readonly handle: SharedIdent; readonly woken: () => void };
