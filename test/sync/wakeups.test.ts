import { describe, expect, test } from 'vitest';
import { prepare, sleep, type SleepResult, wakeup, wakeupDomain, wakeupOne } from '../../src/sync/index.ts';
import { quiet } from './settled.ts';

// The variants of wakeup: lwkt.md §2.4.

/** Who has gone on, by name, in that order. */
class Woken {
  readonly names: string[] = [];
  readonly #all: Promise<unknown>[] = [];

  add(name: string, sleeping: Promise<SleepResult>): void {
    this.#all.push(sleeping.then(() => this.names.push(name)));
  }

  /** Those since the last look. */
  async now(): Promise<string[]> {
    await quiet();
    return this.names.splice(0);
  }

  all(): Promise<unknown> {
    return Promise.all(this.#all);
  }
}

describe('domains', () => {
  test('a plain wakeup is of domain 0, and does not hit sleepers with another', async () => {
    const ident = {};
    const woken = new Woken();
    for (const domain of [0, 1, 2, 3]) woken.add(`in ${domain}`, sleep(ident, { domain }));
    woken.add('plain', sleep(ident));
    wakeup(ident);
    expect(await woken.now()).toEqual(['in 0', 'plain']);
    // The same bits, and not some of them.
    wakeupDomain(ident, 2);
    expect(await woken.now()).toEqual(['in 2']);
    wakeupDomain(ident, 0);
    expect(await woken.now()).toEqual([]);
    for (const domain of [1, 3]) wakeupDomain(ident, domain);
    expect(await woken.now()).toEqual(['in 1', 'in 3']);
    await woken.all();
  });

  test('a wakeup of one keeps to its domain', async () => {
    const ident = {};
    const woken = new Woken();
    woken.add('plain', sleep(ident));
    woken.add('in 7', sleep(ident, { domain: 7 }));
    wakeupOne(ident, { domain: 7 });
    expect(await woken.now()).toEqual(['in 7']);
    wakeupOne(ident, { domain: 7 });
    expect(await woken.now()).toEqual([]);
    wakeupOne(ident);
    expect(await woken.now()).toEqual(['plain']);
  });

  test.each([-1, 0.5, Number.NaN, 2 ** 32])('%d is none: EINVAL', async (domain) => {
    const einval = expect.objectContaining({ code: 'EINVAL' });
    expect(() => prepare({}, { domain })).toThrow(einval);
    expect(() => wakeupOne({}, { domain })).toThrow(einval);
    expect(() => wakeupDomain({}, domain)).toThrow(einval);
    await expect(sleep({}, { domain })).rejects.toEqual(einval);
  });
});

describe('a wakeup of one', () => {
  test('wakes the first in the queue, and no other that sleeps', async () => {
    const ident = {};
    const woken = new Woken();
    for (const name of ['first', 'second', 'third']) woken.add(name, sleep(ident));
    for (const name of ['first', 'second', 'third']) {
      wakeupOne(ident);
      expect(await woken.now()).toEqual([name]);
    }
  });

  test('counts from the prepare on, and not from the sleep', async () => {
    const ident = {};
    const woken = new Woken();
    const [first, second] = [prepare(ident), prepare(ident)];
    woken.add('second', second.sleep());
    woken.add('first', first.sleep());
    wakeupOne(ident);
    expect(await woken.now()).toEqual(['first']);
    wakeupOne(ident);
    expect(await woken.now()).toEqual(['second']);
  });

  test('takes out who has only prepared, does not count it, and goes on to one that sleeps', async () => {
    const ident = {};
    const woken = new Woken();
    const prepared = [prepare(ident), prepare(ident)];
    woken.add('sleeper', sleep(ident));
    const behind = prepare(ident);
    woken.add('next', sleep(ident));
    wakeupOne(ident);
    expect(await woken.now()).toEqual(['sleeper']);
    // Their sleeps return at once; who was behind the sleeper is in the queue still.
    for (const waiter of prepared) woken.add('prepared', waiter.sleep());
    woken.add('behind', behind.sleep());
    expect(await woken.now()).toEqual(['prepared', 'prepared']);
    wakeup(ident);
    expect(await woken.now()).toEqual(['behind', 'next']);
  });

  test('tells everybody who has only prepared, if nobody sleeps', async () => {
    const ident = {};
    const woken = new Woken();
    const prepared = [prepare(ident), prepare(ident)];
    wakeupOne(ident);
    for (const waiter of prepared) woken.add('prepared', waiter.sleep());
    expect(await woken.now()).toEqual(['prepared', 'prepared']);
  });
});
