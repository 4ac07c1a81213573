import { describe, expect, test } from 'vitest';
import { explore } from '../explorer/explore.ts';
import { type Interlock, Processors } from './naive-mask.ts';
import { processors } from './naive-mask-system.ts';

// lwkt.md §2.2: the first design of seed 003, which sets a bit and relies on its critical section; its hole, a FIFO that is full; and what
// was built, which enqueues.

const MOST_STATES = 10_000;
const ROOM = 1;

/**
 * Processor 0: in a critical section, announces that it will sleep on `buffer`, lets go of the lock, which takes a wakeup of `lock` to
 * processor 1, and sleeps. Processor 1 wakes `buffer` as soon as it can. Answers whether the thread of processor 0 is asleep in the end.
 */
function schedule(interlock: Interlock, isFull: boolean): boolean {
  const cpus = new Processors(interlock, 2, ROOM);
  cpus.prepare(1, 'lock');
  // Somebody else has woken `lock` before: there is no room any more.
  if (isFull) cpus.at(1).fifo.push({ ident: 'lock' });
  cpus.prepare(0, 'buffer');
  expect(cpus.send(1, 0, 'buffer')).toBe(true);
  // The release. With a full FIFO it handles what has come meanwhile, in its critical section.
  while (!cpus.send(0, 1, 'lock')) cpus.drain(1);
  const slept = cpus.sleep(0, 'buffer');
  // The end of the critical section: what was held back is handled now.
  cpus.drain(0);
  return slept && cpus.at(0).thread.is === 'asleep';
}

describe('a FIFO with room', () => {
  test.each(['sets its bit', 'enqueues'] as const)('who %s is woken', (interlock) => {
    expect(schedule(interlock, false)).toBe(false);
  });
});

describe('a full FIFO', () => {
  test('who sets its bit sleeps for ever: the wakeup was handled inside of the critical section', () => {
    expect(schedule('sets its bit', true)).toBe(true);
  });

  test('who enqueues is woken', () => {
    expect(schedule('enqueues', true)).toBe(false);
  });
});

describe('every order of steps', () => {
  test('who sets its bit loses a wakeup, and this is the shortest way', () => {
    expect(() => explore(processors('sets its bit', ROOM), MOST_STATES)).toThrow(
      expect.objectContaining({
        rule: 'no wakeup is lost',
        message: expect.stringMatching(/finds the FIFO full, and handles its own[^]*sleeps/),
      }),
    );
  });

  test('with room for everything it would not', () => {
    expect(explore(processors('sets its bit', 4), MOST_STATES).states).toBe(533);
  });

  test.each([
    [1, 470],
    [4, 533],
  ])('who enqueues loses none: room for %d, %d states', (room, states) => {
    expect(explore(processors('enqueues', room), MOST_STATES).states).toBe(states);
  });
});
