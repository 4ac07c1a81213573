import { FREE, type KeeperEffect, type KeeperState, ownedBy, ownerIn } from '../../src/lock/index.ts';
import { must } from '../explorer/rules.ts';
import type { Told } from './keepers.ts';
import { hasIt, type Side } from './parts.ts';

/** Looks at what one keeper does as it is told something. */
export class Watch {
  readonly #before: KeeperState;
  readonly #told: Told;
  readonly #blindTo: string | undefined;

  constructor(before: KeeperState, told: Told, blindTo: string | undefined) {
    this.#before = before;
    this.#told = told;
    this.#blindTo = blindTo;
  }

  effect(effect: KeeperEffect, keeper: KeeperState): void {
    const { status, asked, condition, isDead } = this.#before;
    const { event } = this.#told;
    if (effect.type === 'granted')
      this.#must('F5', status !== 'yielding', () => `user ${effect.user} gets what was recalled`);
    if (effect.type === 'granted') this.#must('§1.4 nobody gets what is dead', !isDead, () => `user ${effect.user}`);
    if (effect.type === 'request') {
      const isOver = asked === null || event === 'granted' || event === 'failed';
      this.#must('§2.2 one request at a time', isOver, () => 'a keeper asks again');
    }
    if (effect.type !== 'request' && effect.type !== 'release') return;
    const isKept = event === 'lock' || (event === 'unlock' && status !== 'yielding' && condition === 0);
    const hadIt = status === 'retained' || status === 'held';
    // What the word says was clean when it was lent out: an owner that is found dead is no cycle of this rule.
    this.#must(
      'F9',
      !isKept || !hadIt || keeper.condition !== 0,
      () => `${event} of what it keeps sends a ${effect.type}`,
    );
  }

  after(keeper: KeeperState, side: Side, lock: number, hasWord: boolean): void {
    const { status, owner, queue, asked, isLent } = keeper;
    if (!isLent)
      this.#must('F3', (owner !== null) === (status === 'held' || status === 'yielding'), () => `${status}, ${owner}`);
    this.#must('F4', status !== 'retained' || queue.length === 0, () => `${queue.length} wait`);
    this.#must('R: it is asked for', (asked !== null) === (status === 'requested'), () => status);
    const waiting = (side.users[lock] ?? []).flatMap(({ is }, index) => (is === 'waits' ? [index + 1] : []));
    const queued = queue.map(({ user }) => user).toSorted((a, b) => a - b);
    this.#must(
      'every wish is kept',
      waiting.join() === queued.join(),
      () => `${waiting.join()} wait, ${queued.join()} are queued`,
    );
    if (hasWord) this.#afterWord(keeper, side, lock);
  }

  #afterWord(keeper: KeeperState, side: Side, lock: number): void {
    const word = side.words[lock] ?? 0;
    const isWanted = keeper.queue.length > 0 || keeper.status === 'yielding' || !hasIt(keeper) || keeper.isDead;
    const isFast = word === FREE || word === ownedBy(ownerIn(word) ?? 0);
    this.#must('the word is lent only while it may be', !isWanted || !isFast, () => `${keeper.status}, ${word}`);
    const { owner } = keeper;
    if (owner !== null && !keeper.isLent && side.overwritten[lock] !== true) {
      this.#must('the word names the owner', word === ownedBy(owner) + 1, () => `${word}, owner ${owner}`);
    }
  }

  #must(rule: string, holds: boolean, what: () => string): void {
    if (rule !== this.#blindTo) must(rule, holds, what);
  }
}
