// One way of calling in place, in a fresh process with --expose-gc: prints its figures as JSON. Started by run.js.
import { boot } from './support/easync.js';
import { check, request } from './support/inputs.js';
import { spread } from './support/stats.js';
import { add } from './servers/add.js';
import { Bench } from './servers/bench-subsystem.js';

const BATCH = 20_000;
const WARM_BATCHES = 20;
const BATCHES = 50;
const SURVIVORS_CALLS = 1_000_000;

class Plain {
  /** @param {ReturnType<typeof request>} args */
  add(args) {
    return add(args);
  }
}

class PlainAsync {
  /** @param {ReturnType<typeof request>} args */
  async add(args) {
    return add(args);
  }
}

/** Each has a loop of its own, so that none is compiled for the sake of another. */
const WAYS = {
  async 'plain method'() {
    const target = new Plain();
    return measured((from, to) => {
      for (let i = from; i < to; i++) check(i, target.add(request(i)));
    });
  },
  'easync inline': () =>
    withDriver((driver) =>
      measured((from, to) => {
        for (let i = from; i < to; i++) check(i, /** @type {{ sum: number; name: string }} */ (driver.add(request(i))));
      }),
    ),
  async 'plain async method, awaited'() {
    const target = new PlainAsync();
    return measured(async (from, to) => {
      for (let i = from; i < to; i++) check(i, await target.add(request(i)));
    });
  },
  'easync inline, awaited': () =>
    withDriver((driver) =>
      measured(async (from, to) => {
        for (let i = from; i < to; i++) check(i, await driver.add(request(i)));
      }),
    ),
};

/**
 * @template T
 * @param {(driver: import('./support/easync.js').Stub<typeof Bench>) => Promise<T>} use
 */
async function withDriver(use) {
  const system = await boot({ check: false });
  try {
    return await use(await system.open(Bench, new URL('./servers/easync-driver.js', import.meta.url)));
  } finally {
    await system.dispose();
  }
}

/**
 * @param {(from: number, to: number) => void | Promise<void>} calls
 * @returns {Promise<Record<string, number>>} Nanoseconds a call; bytes that live after a million calls and did not before.
 */
async function measured(calls) {
  const times = [];
  for (let batch = 0; batch < WARM_BATCHES + BATCHES; batch++) {
    const start = process.hrtime.bigint();
    await calls(batch * BATCH, (batch + 1) * BATCH);
    if (batch >= WARM_BATCHES) times.push(Number(process.hrtime.bigint() - start) / BATCH);
  }
  const before = await live();
  await calls(0, SURVIVORS_CALLS);
  return { ns: spread(times)?.median ?? Number.NaN, survivors: (await live()) - before };
}

/** Bytes of the heap in use when all garbage has gone. */
async function live() {
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => setImmediate(resolve));
    globalThis.gc?.();
  }
  return process.memoryUsage().heapUsed;
}

const way = WAYS[/** @type {keyof typeof WAYS} */ (process.argv[2])];
process.stdout.write(JSON.stringify({ call: await way() }));
