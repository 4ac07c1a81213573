import type { WakeEffect } from '../../src/lock/index.ts';
import type { WakesStep, WakesWhole } from './wakes-system.ts';

export type ToPager =
  | { type: 'wait'; reqId: number }
  | { type: 'wake'; broadcast: boolean }
  | { type: 'completed'; id: number; woke: boolean; waits: boolean }
  | { type: 'dead' };

/** A task that waits for the word to be another than `since`: it says so, is heard, compares, sleeps. */
export type Waiter = { is: 'register' | 'compare' | 'asleep'; since: number };

/** What pager.md §2.8 has of a kernel. `interest`: the request that its pager answers; -1: it hears of wakeups. 0: not. */
export type KernelState = {
  alive: boolean;
  interest: number;
  lastReqId: number;
  waiters: Waiter[];
  /** How many of its tasks have waited. */
  begun: number;
  /** A task has stored, and is about to wake: one, or all. */
  stored: 'nothing' | 'one' | 'all';
  storedValue: number;
  up: ToPager[];
  down: WakeEffect[];
};

const THERE = -1;

export function newKernel(): KernelState {
  return {
    alive: true,
    interest: 0,
    lastReqId: 0,
    waiters: [],
    begun: 0,
    stored: 'nothing',
    storedValue: 0,
    up: [],
    down: [],
  };
}

/** What a kernel is told reaches it if it lives. */
export function deliver(whole: WakesWhole, effect: WakeEffect): void {
  const kernel = whole.kernels[effect.keeper];
  if (kernel?.alive === true) kernel.down.push(effect);
}

export function stepsOfKernel(seen: WakesWhole, number: number): WakesStep[] {
  const kernel = seen.kernels[number];
  if (kernel === undefined || !kernel.alive) return [];
  const { left } = seen;
  const steps: WakesStep[] = [];
  const add = (name: string, isProgress: boolean, take: (whole: WakesWhole, kernel: KernelState) => void): void => {
    const taken = (whole: WakesWhole): void => {
      const own = whole.kernels[number];
      if (own !== undefined) take(whole, own);
    };
    steps.push({ name: `kernel ${number}${name}`, isProgress, take: taken });
  };
  if (kernel.begun < left.waits && number >= left.kernels - left.sleepers) {
    add(': a task waits', false, ({ value }, own) => {
      own.begun += 1;
      own.waiters.push({ is: hears(own) ? 'compare' : 'register', since: value });
    });
  }
  for (const [index, { is }] of kernel.waiters.entries()) {
    if (is === 'compare') add(': a task compares', true, (whole, own) => compare(whole, own, index));
    if (is === 'asleep' && left.cancels > 0) {
      add(': a sleeper is cancelled', false, (whole, own) => {
        whole.left.cancels -= 1;
        own.waiters.splice(index, 1);
      });
    }
  }
  if (kernel.stored !== 'nothing') add(': a task wakes', true, wake);
  else if (number < left.wakers) {
    if (left.wakes > 0) add(': a task stores, to wake one', false, (whole, own) => store(whole, own, 'one'));
    if (left.broadcasts > 0) add(': a task stores, to wake all', false, (whole, own) => store(whole, own, 'all'));
  }
  const [message] = kernel.down;
  if (message !== undefined) add(` gets ${JSON.stringify(message)}`, true, receive);
  if (left.deaths > 0) {
    add(' dies', false, (whole, own) => {
      whole.left.deaths -= 1;
      whole.hasDied = true;
      Object.assign(own, { ...newKernel(), alive: false, up: [...own.up, { type: 'dead' }] });
    });
  }
  return steps;
}

function store(whole: WakesWhole, own: KernelState, whom: 'one' | 'all'): void {
  whole.left[whom === 'one' ? 'wakes' : 'broadcasts'] -= 1;
  whole.value += 1;
  Object.assign(own, { stored: whom, storedValue: whole.value });
}

function wake(whole: WakesWhole, own: KernelState): void {
  const broadcast = own.stored === 'all';
  own.stored = 'nothing';
  if (broadcast) whole.toldAll = Math.max(whole.toldAll, own.storedValue);
  else whole.told += 1;
  if (!wakeHere(whole, own, broadcast) || broadcast) own.up.push({ type: 'wake', broadcast });
}

function receive(whole: WakesWhole, own: KernelState): void {
  const message = own.down.shift();
  if (message?.type === 'waiting' && own.interest === message.reqId) {
    own.interest = THERE;
    for (const waiter of own.waiters) if (waiter.is === 'register') waiter.is = 'compare';
  } else if (message?.type === 'woken') {
    const woke = wakeHere(whole, own, message.broadcast);
    const waits = own.waiters.length > 0;
    if (!waits) own.interest = 0;
    own.up.push({ type: 'completed', id: message.id, woke, waits });
  }
}

/** That wakeups are heard of is certain only now. */
function compare({ value }: WakesWhole, own: KernelState, index: number): void {
  const waiter = own.waiters[index];
  if (waiter === undefined) return;
  if (!hears(own)) waiter.is = 'register';
  else if (waiter.since === value) waiter.is = 'asleep';
  else own.waiters.splice(index, 1);
}

function wakeHere(whole: WakesWhole, own: KernelState, all: boolean): boolean {
  const asleep = own.waiters.filter(({ is }) => is === 'asleep');
  const woken = all ? asleep : asleep.slice(0, 1);
  own.waiters = own.waiters.filter((waiter) => !woken.includes(waiter));
  if (!all) whole.woken += woken.length;
  return woken.length > 0;
}

function hears(own: KernelState): boolean {
  if (own.interest === THERE) return true;
  if (own.interest === 0) {
    own.lastReqId += 1;
    own.interest = own.lastReqId;
    own.up.push({ type: 'wait', reqId: own.lastReqId });
  }
  return false;
}
