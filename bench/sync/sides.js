import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { PAGE } from '../memory/page.js';
import { mapped, startWorld } from '../memory/world.js';
import { boot } from '../support/easync.js';
import { Waiter, wakeup } from '../support/sync.js';

const PAGER = new URL('../memory/pager.js', import.meta.url);
/** What each of the two sleeps on. */
const WORDS = /** @type {const} */ ([0, 64]);

/**
 * One of two processes that wake each other. Who is `prepare`d misses no wakeup.
 *
 * @typedef {object} Side
 * @property {() => unknown} prepare Or a promise, when others have to know.
 * @property {() => unknown} wake The other one.
 * @property {() => Promise<unknown>} asleep Until the other one wakes.
 * @property {() => unknown} close
 */

/**
 * Whatever they need between them, and the side of this process.
 *
 * @param {string} way
 * @param {string} directory
 * @returns {Promise<{ open: () => Promise<Side>; pids: number[]; close: () => unknown }>}
 */
export async function prepareSides(way, directory) {
  if (way.startsWith('socket')) return bySocket(directory);
  const world = await startWorld(way, { pager: PAGER, options: { size: PAGE } });
  const [system] = world.systems;
  if (system === undefined) throw new Error('there is a broker');
  return { open: () => sideOf(system, 0), pids: world.pids, close: () => world.close() };
}

/**
 * The side of the other process.
 *
 * @param {string} way
 * @param {string} directory
 * @returns {Promise<Side>}
 */
export async function openSide(way, directory) {
  if (way.startsWith('socket')) return socketSide(connect(socketIn(directory)));
  const system = await boot({ broker: 'east', check: false });
  return { ...(await sideOf(system, 1)), close: () => system.dispose() };
}

/**
 * @param {import('../support/easync.js').System} system
 * @param {0 | 1} me
 * @returns {Promise<Side>}
 */
async function sideOf(system, me) {
  const region = await mapped(system, 'memory', PAGE);
  const [mine, other] = [region.ident(WORDS[me]), region.ident(WORDS[1 - me] ?? 0)];
  const waiter = new Waiter();
  // The first asks the broker what the idents are.
  await waiter.prepare(mine);
  waiter.remove();
  await wakeup(other);
  return {
    prepare: () => waiter.prepare(mine),
    wake: () => wakeup(other),
    asleep: () => waiter.sleep(),
    close: () => undefined,
  };
}

/** @param {string} directory */
async function bySocket(directory) {
  const server = createServer();
  server.listen(socketIn(directory));
  const accepted = once(server, 'connection');
  return {
    open: async () => {
      const [socket] = /** @type {[import('node:net').Socket]} */ (await accepted);
      return socketSide(socket);
    },
    pids: [],
    close: () => void server.close(),
  };
}

/**
 * A byte is a wakeup.
 *
 * @param {import('node:net').Socket} socket
 * @returns {Side}
 */
function socketSide(socket) {
  const byte = Buffer.alloc(1);
  let come = 0;
  let wake = (/** @type {unknown} */ _byte) => {};
  socket.on('data', (bytes) => {
    come += bytes.length;
    wake(byte);
  });
  return {
    prepare: () => undefined,
    wake: () => socket.write(byte),
    asleep: async () => {
      if (come === 0) await new Promise((resolve) => (wake = resolve));
      come -= 1;
    },
    close: () => socket.end(),
  };
}

/** @param {string} directory */
function socketIn(directory) {
  return `${directory}/socket`;
}
