import { describe, expect, test } from 'vitest';
import { isQuiet, newWakes, tellWakes, WAKE_ROWS, type WakeEffect, type WakeRows } from '../../src/lock/index.ts';
import { explore } from '../explorer/explore.ts';
import { type WakesBounds, wakesSystem } from './wakes-system.ts';

/** `full`: the long proof, too. */
const IS_FULL = process.env['EASYNC_EXPLORER'] !== undefined;
const MOST_STATES = 500_000;

/** One kernel wakes, two others sleep. */
const THREE: WakesBounds = {
  kernels: 3,
  wakers: 1,
  sleepers: 2,
  waits: 1,
  wakes: 1,
  broadcasts: 0,
  cancels: 0,
  deaths: 0,
};

type Run = { bounds: WakesBounds; states: number };
const run = (bounds: Partial<WakesBounds>, states: number): Run => ({ bounds: { ...THREE, ...bounds }, states });

const SMALL_RUNS: Readonly<Record<string, Run>> = {
  'a sleeper is cancelled': run({ cancels: 1 }, 1_509),
  'a kernel dies': run({ deaths: 1 }, 4_150),
  'all are woken': run({ wakes: 0, broadcasts: 1 }, 1_386),
  'two wake, and one sleeps more than once': run(
    { kernels: 2, wakers: 2, sleepers: 1, waits: 2, wakes: 2, cancels: 1 },
    3_915,
  ),
};

const FULL_RUNS: Readonly<Record<string, Run>> = {
  'two wakeups': run({ wakes: 2, cancels: 1, deaths: 1 }, 55_506),
  'all are woken, and a kernel dies': run({ broadcasts: 1, deaths: 1 }, 92_816),
  'everybody sleeps, everybody wakes': run({ wakers: 3, sleepers: 3 }, 57_635),
};

describe('sleepers of several kernels', () => {
  test.each(Object.entries({ ...SMALL_RUNS, ...(IS_FULL ? FULL_RUNS : {}) }))(
    '%s: no wakeup is lost, and none wakes more than it may',
    { timeout: 600_000 },
    (name, { bounds, states }) => {
      const explored = explore(wakesSystem(bounds), MOST_STATES);
      console.log(`wakeups, ${name}: ${explored.states} states, ${explored.transitions} transitions`);
      expect(explored.states).toBe(states);
    },
  );
});

const BROKEN: Readonly<Record<string, { rows: Partial<WakeRows>; bounds?: Partial<WakesBounds>; rule: string }>> = {
  'a kernel that says that it has sleepers is not written down': {
    rows: { wait: (_wakes, host, { keeper, reqId }) => host.emit({ type: 'waiting', keeper, reqId }) },
    rule: 'a wakeup of one wakes one',
  },
  'who finds no sleeper is the last to be asked': {
    rows: { completed: (wakes, host, about) => WAKE_ROWS.completed(wakes, host, { ...about, woke: true }) },
    bounds: { cancels: 1 },
    rule: 'a wakeup of one wakes one',
  },
  'who has woken one is not believed': {
    rows: { completed: (wakes, host, about) => WAKE_ROWS.completed(wakes, host, { ...about, woke: false }) },
    rule: 'a wakeup of one wakes no more',
  },
  'who still has sleepers is forgotten': {
    rows: { completed: (wakes, host, about) => WAKE_ROWS.completed(wakes, host, { ...about, waits: false }) },
    bounds: { kernels: 2, sleepers: 1, waits: 2, wakes: 2 },
    rule: 'a wakeup of one wakes one',
  },
  'a wakeup of one is of all': {
    rows: {
      wake: (wakes, host, { keeper }) => {
        for (const other of wakes.sleepers.filter((sleeper) => sleeper !== keeper)) {
          host.emit({ type: 'woken', keeper: other, id: host.nextId(), broadcast: false });
        }
      },
    },
    rule: 'a wakeup of one wakes no more',
  },
  'a wakeup of all is of one': {
    rows: { wake: (wakes, host, about) => WAKE_ROWS.wake(wakes, host, { ...about, broadcast: false }) },
    bounds: { wakes: 0, broadcasts: 1 },
    rule: 'a wakeup of one wakes no more',
  },
  'a wakeup of all is of all but the last': {
    rows: {
      wake: (wakes, host, about) => WAKE_ROWS.wake({ ...wakes, sleepers: wakes.sleepers.slice(0, 1) }, host, about),
    },
    bounds: { wakes: 0, broadcasts: 1 },
    rule: 'a wakeup of all wakes all',
  },
  'what was sent to a kernel that died wakes nobody': {
    rows: {
      leave: (wakes, host, about) => {
        wakes.looking = wakes.looking.filter(({ at }) => at !== about.keeper);
        WAKE_ROWS.leave(wakes, host, about);
      },
    },
    bounds: { deaths: 1 },
    rule: 'a wakeup of one wakes one',
  },
  'a kernel that died is asked': {
    rows: { leave: () => undefined },
    bounds: { deaths: 1 },
    rule: 'no wakeup is looked after for ever',
  },
};

test.each(Object.entries(BROKEN))('%s: that is noticed', (_name, { rows, bounds, rule }) => {
  const system = wakesSystem({ ...THREE, ...bounds }, rows);
  expect(() => explore(system, MOST_STATES)).toThrow(expect.objectContaining({ rule }));
});

describe('the pager of one word', () => {
  function pager(): {
    wakes: ReturnType<typeof newWakes>;
    tell: (...told: Parameters<typeof tellOne>) => WakeEffect[];
  } {
    const wakes = newWakes();
    let lastId = 0;
    const effects: WakeEffect[] = [];
    const host = { nextId: () => (lastId += 1), emit: (effect: WakeEffect) => void effects.push(effect) };
    return {
      wakes,
      tell: (event, about) => {
        tellWakes(wakes, host, event, about as never);
        return effects.splice(0);
      },
    };
  }
  const tellOne = (_event: keyof WakeRows, _about: object): void => undefined;

  test('hears a kernel once, however often it says that it has sleepers, and answers each time', () => {
    const { wakes, tell } = pager();
    expect(tell('wait', { keeper: 1, reqId: 4 })).toEqual([{ type: 'waiting', keeper: 1, reqId: 4 }]);
    expect(tell('wait', { keeper: 1, reqId: 5 })).toEqual([{ type: 'waiting', keeper: 1, reqId: 5 }]);
    expect(wakes.sleepers).toEqual([1]);
  });

  test('does not tell a kernel of its own wakeups', () => {
    const { tell } = pager();
    tell('wait', { keeper: 1, reqId: 1 });
    expect(tell('wake', { keeper: 1, broadcast: true })).toEqual([]);
    expect(tell('wake', { keeper: 1, broadcast: false })).toEqual([]);
  });

  test('asks one after the other, the oldest first, and is quiet once they have nobody', () => {
    const { wakes, tell } = pager();
    for (const keeper of [3, 1]) tell('wait', { keeper, reqId: 1 });
    expect(tell('wake', { keeper: 2, broadcast: false })).toEqual([
      { type: 'woken', keeper: 3, id: 1, broadcast: false },
    ]);
    const nobody = { woke: false, waits: false };
    expect(tell('completed', { keeper: 3, id: 1, ...nobody })).toEqual([
      { type: 'woken', keeper: 1, id: 2, broadcast: false },
    ]);
    expect(isQuiet(wakes)).toBe(false);
    expect(tell('completed', { keeper: 1, id: 2, ...nobody })).toEqual([]);
    expect(isQuiet(wakes)).toBe(true);
  });

  test('takes no answer of one kernel for that of another', () => {
    const { wakes, tell } = pager();
    for (const keeper of [3, 1]) tell('wait', { keeper, reqId: 1 });
    tell('wake', { keeper: 2, broadcast: false });
    expect(tell('completed', { keeper: 1, id: 1, woke: false, waits: true })).toEqual([]);
    expect(wakes.looking).toEqual([{ id: 1, at: 3, left: [1] }]);
  });
});
