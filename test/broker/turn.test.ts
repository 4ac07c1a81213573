import { expect, test } from 'vitest';
import { Turn } from '../../src/broker/turn.ts';

/** A link and its share, at a time that the test sets. */
class Stage {
  now = 1000;
  isPaused = false;
  readonly #later: (() => void)[] = [];
  readonly #turn = new Turn({ now: () => this.now, immediate: (fn) => void this.#later.push(fn) }, 1, {
    pause: () => void (this.isPaused = true),
    resume: () => void (this.isPaused = false),
  });

  /** Whether the link waits once a frame has been handled for so long. */
  frame(ms: number): boolean {
    this.#turn.begin();
    this.now += ms;
    this.#turn.end();
    return this.isPaused;
  }

  /** Everybody else has had a turn. */
  turn(): void {
    for (const fn of this.#later.splice(0)) fn();
  }
}

test('a link whose frames have taken its share waits until everybody else had a turn', () => {
  const stage = new Stage();
  expect([stage.frame(0.4), stage.frame(0.4), stage.frame(0.4)]).toEqual([false, false, true]);
  stage.turn();
  expect([stage.isPaused, stage.frame(0.4)]).toEqual([false, false]);
  // Nothing of it has been used for a while.
  stage.now += 5;
  expect([stage.frame(0.4), stage.frame(1)]).toEqual([false, true]);
});

test('a clock that is set back takes nobody’s share, and gives nobody more', () => {
  const stage = new Stage();
  stage.frame(0.4);
  stage.now -= 3_600_000;
  expect([stage.frame(0.4), stage.frame(0.4), stage.frame(0.4)]).toEqual([false, false, true]);
});
