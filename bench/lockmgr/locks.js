import { Mutex, Semaphore } from 'async-mutex';
import { Lockmgr, Owner } from '../../dist/src/sync/index.js';

/** @typedef {(flow: number) => Promise<() => void>} Take Answers what releases it. */

/**
 * What a lock can do; what it cannot is not there. `tries` tries to have it exclusively, and releases it if it has it.
 *
 * @typedef {object} Lock
 * @property {Take} exclusive
 * @property {Take} [shared]
 * @property {(count: number) => void} [exclusiveInPlace]
 * @property {(count: number) => void} [sharedInPlace]
 * @property {(count: number) => unknown} tries
 */

/** As many may share the semaphore: a writer takes all of it. */
const READERS = 64;

/** @type {Record<string, () => Lock>} */
export const LOCKS = {
  'easync Lockmgr'() {
    const lock = new Lockmgr();
    const owners = Array.from({ length: 64 }, (_, i) => new Owner(String(i)));
    const [me = new Owner()] = owners;
    return {
      exclusive: async (flow) => {
        const owner = owners[flow] ?? me;
        await lock.exclusive(owner);
        return () => lock.release(owner);
      },
      shared: async (flow) => {
        const owner = owners[flow] ?? me;
        await lock.shared(owner);
        return () => lock.release(owner);
      },
      exclusiveInPlace(count) {
        for (let i = 0; i < count; i++) {
          if (lock.exclusive(me) instanceof Promise) throw new Error('nobody has it');
          lock.release(me);
        }
      },
      sharedInPlace(count) {
        for (let i = 0; i < count; i++) {
          if (lock.shared(me) instanceof Promise) throw new Error('nobody has it');
          lock.release(me);
        }
      },
      tries(count) {
        for (let i = 0; i < count; i++) if (lock.tryExclusive(me)) lock.release(me);
      },
    };
  },

  'async-mutex Mutex'() {
    const mutex = new Mutex();
    return {
      exclusive: () => mutex.acquire(),
      // `tryAcquire` answers "no" by a timer of 0 ms, a millisecond later: this is the faster way to ask.
      tries: async (count) => {
        for (let i = 0; i < count; i++) if (!mutex.isLocked()) (await mutex.acquire())();
      },
    };
  },

  'async-mutex Semaphore'() {
    const semaphore = new Semaphore(READERS);
    return {
      exclusive: () => semaphore.acquire(READERS).then(([, release]) => release),
      shared: () => semaphore.acquire(1).then(([, release]) => release),
      tries: async (count) => {
        for (let i = 0; i < count; i++) if (semaphore.getValue() === READERS) (await semaphore.acquire(READERS))[1]();
      },
    };
  },
};
