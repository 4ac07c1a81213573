import {
  newWakes,
  tellWakes,
  WAKE_ROWS,
  type WakeEffect,
  type WakeRows,
  type WakesState,
} from '../../src/lock/index.ts';
import type { Model } from '../explorer/explore.ts';
import { Interned } from '../explorer/interned.ts';
import { type StepOf, takeSteps } from '../explorer/take-steps.ts';
import { must } from '../explorer/rules.ts';
import { deliver, type KernelState, newKernel, stepsOfKernel, type ToPager } from './wakes-kernel.ts';

/**
 * How often each may happen, in all. `waits`: of each of the last `sleepers` kernels. `wakes`, `broadcasts`: of one sleeper or of all, by
 * the first `wakers` kernels.
 */
export type WakesBounds = {
  kernels: number;
  wakers: number;
  sleepers: number;
  waits: number;
  wakes: number;
  broadcasts: number;
  cancels: number;
  deaths: number;
};

/** `value`: of the word, how often it was stored to. */
export type WakesWhole = {
  value: number;
  kernels: KernelState[];
  wakes: WakesState;
  lastId: number;
  left: WakesBounds;
  /** How many wakeups of one there were, and how many sleepers they woke; the value that the last wakeup of all came after. */
  told: number;
  woken: number;
  toldAll: number;
  hasDied: boolean;
};

export type WakesStep = StepOf<WakesWhole>;

/** Kernels that the real memory of one word joins at once, and the shipped machine of a pager between them. */
export function wakesSystem(bounds: WakesBounds, rows: Partial<WakeRows> = {}): Model {
  const wholes = new Interned<string>();
  const shipped = { ...WAKE_ROWS, ...rows };
  const start: WakesWhole = {
    value: 0,
    kernels: Array.from({ length: bounds.kernels }, newKernel),
    wakes: newWakes(),
    lastId: 0,
    left: bounds,
    told: 0,
    woken: 0,
    toldAll: 0,
    hasDied: false,
  };
  const save = (whole: WakesWhole): number[] => {
    const text = JSON.stringify(whole);
    return [wholes.add(text, text)];
  };
  const load = (number = 0): WakesWhole => JSON.parse(wholes.get(number)) as WakesWhole;
  return {
    start: save(start),
    steps: (state, visit) => {
      const seen = load(state[0]);
      const steps = seen.kernels.flatMap((_, kernel) => [
        ...stepsOfKernel(seen, kernel),
        ...stepsOfPager(seen, kernel, shipped),
      ]);
      takeSteps(steps, { load: () => load(state[0]), save, checkQuiet: () => checkQuiet(seen) }, visit);
    },
    canonical: (state) => state,
  };
}

function stepsOfPager({ kernels }: WakesWhole, kernel: number, rows: WakeRows): WakesStep[] {
  const message = kernels[kernel]?.up[0];
  if (message === undefined) return [];
  const take = (whole: WakesWhole): void => {
    whole.kernels[kernel]?.up.shift();
    const emit = (effect: WakeEffect): void => deliver(whole, effect);
    const host = { nextId: () => (whole.lastId += 1), emit };
    receive(whole.wakes, host, kernel, message, rows);
  };
  return [{ name: `the pager gets ${JSON.stringify(message)} from kernel ${kernel}`, isProgress: true, take }];
}

function receive(
  wakes: WakesState,
  host: Parameters<typeof tellWakes>[1],
  keeper: number,
  message: ToPager,
  rows: WakeRows,
): void {
  if (message.type === 'wait') tellWakes(wakes, host, 'wait', { keeper, reqId: message.reqId }, rows);
  else if (message.type === 'wake') tellWakes(wakes, host, 'wake', { keeper, broadcast: message.broadcast }, rows);
  else if (message.type === 'completed') tellWakes(wakes, host, 'completed', { keeper, ...message }, rows);
  else tellWakes(wakes, host, 'leave', { keeper }, rows);
}

/** Nothing is on its way any more. */
function checkQuiet({ kernels, told, woken, toldAll, hasDied, wakes }: WakesWhole): void {
  const asleep = kernels.flatMap((kernel) => kernel.waiters).filter(({ is }) => is === 'asleep');
  // Who compared before anything was stored was there for each wakeup: each has found one.
  const slept = asleep.some(({ since }) => since === 0);
  must('a wakeup of one wakes one', !slept || woken >= told, () => `${told} wakeups woke ${woken}, and one is asleep`);
  must('a wakeup of one wakes no more', hasDied || woken <= told, () => `${told} wakeups woke ${woken}`);
  const missed = asleep.some(({ since }) => since < toldAll);
  must('a wakeup of all wakes all', !missed, () => 'one is asleep that compared before the word was stored to');
  must('no wakeup is looked after for ever', wakes.looking.length === 0, () => `${wakes.looking.length} are`);
}
