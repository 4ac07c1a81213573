// A sleep and its wakeup in one thread, in one way, in a fresh process: prints its figures as JSON. Started by sync.js.
import { EventEmitter, once } from 'node:events';
import { Waiter, wakeup } from '../support/sync.js';
import { nanosOf } from './batches.js';

/** @type {Record<string, (count: number) => Promise<void>>} */
const WAYS = {
  async 'once of node:events, emit, awaited'(count) {
    const emitter = new EventEmitter();
    for (let i = 0; i < count; i++) {
      const woken = once(emitter, 'wakeup');
      emitter.emit('wakeup');
      await woken;
    }
  },
  async 'a promise, resolved, awaited'(count) {
    for (let i = 0; i < count; i++) {
      let wake = (/** @type {unknown} */ _value) => {};
      const woken = new Promise((resolve) => (wake = resolve));
      wake(i);
      await woken;
    }
  },
  async 'prepare, wakeup, sleep'(count) {
    const [waiter, ident] = [new Waiter(), {}];
    for (let i = 0; i < count; i++) {
      waiter.prepare(ident);
      wakeup(ident);
      const { code } = await waiter.sleep();
      if (code !== 0) throw new Error(code);
    }
  },
  async 'prepare, sleep, wakeup'(count) {
    const [waiter, ident] = [new Waiter(), {}];
    for (let i = 0; i < count; i++) {
      waiter.prepare(ident);
      const asleep = waiter.sleep();
      wakeup(ident);
      const { code } = await asleep;
      if (code !== 0) throw new Error(code);
    }
  },
};

const [way = ''] = process.argv.slice(2);
const many = WAYS[way];
if (many === undefined) throw new Error(`there is no way '${way}'`);
process.stdout.write(JSON.stringify({ ms: { ns: await nanosOf(many) } }));
