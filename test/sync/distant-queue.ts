import { type SleepQueue, SleepQueues, type Slot } from '../../src/sleep/index.ts';

/**
 * The queue of one ident that somebody else has: the shipped `SleepQueues` behind two pipes, whose ends the test moves. So a wakeup may
 * cross what the sleeper says.
 */
export class DistantQueue implements SleepQueue {
  readonly #queues = new SleepQueues<string, number>();
  readonly #woken = new Map<number, () => void>();
  readonly #there: (() => void)[] = [];
  readonly #back: (() => void)[] = [];
  #last = 0;
  /** Set: who enters is refused with it. */
  refusal: Error | null = null;

  enter(domain: number, woken: () => void): Promise<Slot> {
    const number = (this.#last += 1);
    this.#woken.set(number, woken);
    const slot = {
      asleep: () => void this.#there.push(() => this.#queues.asleep(number)),
      remove: () => void this.#there.push(() => this.#queues.remove(number)),
    };
    return new Promise((resolve, reject) => {
      this.#there.push(() => {
        const { refusal } = this;
        if (refusal !== null) return void this.#back.push(() => reject(refusal));
        this.#queues.prepare(number, 'it', domain);
        this.#back.push(() => resolve(slot));
      });
    });
  }

  /** By somebody who is where the queue is. */
  wakeup(domain: number, one: boolean): void {
    const woken = one ? this.#queues.wakeupOne('it', domain).woken : this.#queues.wakeup('it', domain);
    for (const number of woken) this.#back.push(() => this.#woken.get(number)?.());
  }

  /** What has been said arrives there. */
  arrive(): void {
    for (const step of this.#there.splice(0)) step();
  }

  /** What is said there comes back. */
  comeBack(): void {
    for (const step of this.#back.splice(0)) step();
  }

  both(): void {
    this.arrive();
    this.comeBack();
  }

  /** How many are in the queue. */
  get count(): number {
    return this.#queues.count('it');
  }
}
