import { type Deferred, deferred } from './deferred.ts';
import type { Frame } from './link.ts';

/** What a task has asked and not been told yet. Its number comes back with the answer. */
export class Answers {
  readonly #waiting = new Map<number, Deferred<Frame>>();
  #lastId = 0;

  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  /** `post` sends what asks. */
  ask(post: (callId: number) => void, callId = this.nextId()): Promise<Frame> {
    const answer = deferred<Frame>();
    this.#waiting.set(callId, answer);
    post(callId);
    return answer.promise;
  }

  settle(callId: number, frame: Frame): void {
    this.#waiting.get(callId)?.resolve(frame);
    this.#waiting.delete(callId);
  }

  fail(callId: number, why: string): void {
    this.#waiting.get(callId)?.reject(new Error(why));
    this.#waiting.delete(callId);
  }

  failAll(why: string): void {
    for (const callId of [...this.#waiting.keys()]) this.fail(callId, why);
  }
}
