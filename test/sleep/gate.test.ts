import { expect, test } from 'vitest';
import { CriticalGate, type Section } from '../../src/sleep/index.ts';

/** `[` enters a section, `]` leaves the innermost, `z` goes to sleep, `w` is about to go on after it, `0`…`9` arrives. */
type Program = readonly string[];

/** A flow as whoever writes a program sees it: how deep it is in sections, and whether it sleeps. */
type Flow = { steps: string; at: number; sections: Section[]; isAsleep: boolean };

/**
 * Every interleaving of flows and arrivals, each against what the rule says: what goes on does so in order, never while a flow is in
 * a section and awake, and at once when none is. `begins`: what arrivals of this kind do when they go on.
 */
function explore(
  programs: Program,
  begins: Readonly<Record<string, string>> = {},
): { histories: number; held: number } {
  let histories = 0;
  let held = 0;
  const step = (taken: readonly number[]): void => {
    const run = replay(programs, begins, taken);
    held = Math.max(held, run.held);
    const ready = run.flows.flatMap(({ at, steps }, i) => (at < steps.length ? [i] : []));
    if (ready.length === 0) {
      histories += 1;
      agree([run.gate.held.size, run.gate.hasSections, run.passed.join()], [0, false, run.arrived.join()], taken);
    }
    for (const i of ready) step([...taken, i]);
  };
  step([]);
  return { histories, held };
}

function replay(programs: Program, begins: Readonly<Record<string, string>>, taken: readonly number[]) {
  const gate = new CriticalGate<string>();
  const flows: Flow[] = programs.map(newFlow);
  const arrived: string[] = [];
  const passed: string[] = [];
  let held = 0;
  const isKeptOut = (): boolean => flows.some(({ sections, isAsleep }) => sections.length > 0 && !isAsleep);
  const goesOn = (item: string): void => {
    agree([isKeptOut()], [false], taken);
    passed.push(item);
    const steps = begins[item];
    if (steps === undefined) return;
    const flow = newFlow(steps);
    flows.push(flow);
    // What it does first it does on the spot.
    advance(flow);
  };
  const advance = (flow: Flow): void => {
    const action = flow.steps.charAt(flow.at);
    flow.at += 1;
    const { sections } = flow;
    const inner = sections.at(-1);
    if (action === '[') sections.push(gate.enter(inner ?? null, () => 'here'));
    else if (action === ']') gate.leave(must(sections.pop()));
    else if (action === 'z') gate.sleep(must(inner));
    else if (action === 'w') gate.resume(must(inner));
    else {
      arrived.push(action);
      if (gate.arrive(action)) goesOn(action);
    }
    if (action === 'z' || action === 'w') flow.isAsleep = action === 'z';
  };
  for (const i of taken) {
    advance(must(flows[i]));
    for (let item = gate.next(); item !== null; item = gate.next()) goesOn(item);
    const isClosed = isKeptOut();
    agree([gate.isClosed, gate.closedBy !== undefined], [isClosed, isClosed], taken);
    if (!isClosed) agree([gate.held.size], [0], taken);
    held = Math.max(held, gate.held.size);
  }
  return { gate, flows, arrived, passed, held };
}

/** As `expect`, which is too slow to be called a million times. */
function agree(found: readonly unknown[], wanted: readonly unknown[], taken: readonly number[]): void {
  if (found.every((value, i) => value === wanted[i])) return;
  expect({ taken, found }).toEqual({ taken, found: wanted });
}

function newFlow(steps: string): Flow {
  return { steps, at: 0, sections: [], isAsleep: false };
}

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError('the program is wrong');
  return value;
}

test('two flows in sections, one of which sleeps: what arrives waits for both, in order', () => {
  expect(explore(['[zw]', '[]', '123'])).toEqual({ histories: 1260, held: 3 });
});

test('both sleep, and one in the inner of two sections: it is given up at all levels, and whole again before it goes on', () => {
  expect(explore(['[[zw]]', '[zw]', '12'])).toEqual({ histories: 13_860, held: 2 });
});

test('what goes on begins a section, and sleeps in it: what has come after it waits for that', () => {
  expect(explore(['[]', '123'], { 1: '[zw]', 2: '[]' })).toEqual({ histories: 788, held: 3 });
});

test('side by side in one section: it is given up while any of them sleeps; in sections of their own each is awake for itself', () => {
  const gate = new CriticalGate<string>();
  const outer = gate.enter(null, () => 'outer');
  gate.sleep(outer);
  gate.sleep(outer);
  gate.resume(outer);
  expect(gate.isClosed).toBe(false);
  const inner = gate.enter(outer, () => 'inner');
  expect([gate.isClosed, gate.closedBy?.at()]).toEqual([true, 'inner']);
  gate.sleep(inner);
  expect(gate.isClosed).toBe(false);
  gate.resume(outer);
  expect(gate.isClosed).toBe(false);
  gate.resume(inner);
  expect([gate.isClosed, gate.closedBy?.at()]).toEqual([true, 'outer']);
  gate.leave(inner);
  gate.leave(outer);
  expect(gate.isClosed).toBe(false);
});

test('a section that ends while somebody in it sleeps stays ended', () => {
  const gate = new CriticalGate<string>();
  const outer = gate.enter(null, () => 'outer');
  const left = gate.enter(outer, () => 'left');
  gate.sleep(left);
  gate.leave(left);
  expect(gate.isClosed).toBe(false);
  gate.resume(left);
  expect(gate.isClosed).toBe(true);
  gate.leave(outer);
  expect([gate.isClosed, gate.hasSections]).toEqual([false, false]);
});

test('what is withdrawn does not go on', () => {
  const gate = new CriticalGate<string>();
  const section = gate.enter(null, () => 'here');
  expect([gate.arrive('a'), gate.arrive('b'), gate.arrive('c')]).toEqual([false, false, false]);
  expect([gate.withdraw('b'), gate.withdraw('b')]).toEqual([true, false]);
  expect(gate.next()).toBe(null);
  gate.leave(section);
  // It is open, but what came first is still to go.
  expect(gate.arrive('d')).toBe(false);
  expect([gate.next(), gate.next(), gate.next(), gate.next()]).toEqual(['a', 'c', 'd', null]);
  expect(gate.arrive('e')).toBe(true);
});
