import { fork } from 'node:child_process';
import { mapped, startWorld } from '../memory/world.js';
import { PAGE } from '../memory/page.js';
import { boot } from '../support/easync.js';

const PAGER = new URL('../memory/pager.js', import.meta.url);

/**
 * Brokers, a pager, and a futex in this process: of the first broker.
 *
 * @param {string} way
 * @returns {Promise<import('./locks.js').Prepared>}
 */
export async function prepareFutex(way) {
  const brokers = way.includes('two brokers') ? ['east', 'west'] : ['east'];
  const options = { size: PAGE, futexes: { recallAtOnce: way.includes('Part II') } };
  const world = await startWorld(way, { brokers, pager: PAGER, options });
  const [system] = world.systems;
  if (system === undefined) throw new Error('there is a broker');
  const lock = await futexOf(system);
  return {
    ...lock,
    start: (module, args) => fork(module, args, { execArgv: process.execArgv }),
    async frames(fn) {
      const { link } = system.task;
      const send = link.send.bind(link);
      let frames = 0;
      link.send = (...args) => {
        frames += 1;
        return send(...args);
      };
      await fn();
      link.send = send;
      return frames;
    },
    close: () => world.close(),
  };
}

/**
 * The same futex in another process: of the last broker.
 *
 * @param {string} way
 */
export async function openFutex(way) {
  const system = await boot({ broker: way.includes('two brokers') ? 'west' : 'east', check: false });
  return { ...(await futexOf(system)), close: () => system.dispose() };
}

/** @param {import('../support/easync.js').System} system */
async function futexOf(system) {
  const region = await mapped(system, 'memory', PAGE);
  const futex = region.futex(0);
  // The first is told where the word is, if there is one.
  await (await futex.lock()).unlock();
  const second = futex.lock();
  const isInPlace = !(second instanceof Promise);
  await (await second).unlock();
  /** @param {import('../support/easync.js').FutexGuard} guard */
  const unlock = (guard) => guard.unlock();
  const lock = () => futex.lock();
  return { lock, unlock, ...(isInPlace ? { lockSync: lock, unlockSync: unlock } : {}) };
}
