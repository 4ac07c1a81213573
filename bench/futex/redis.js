import { spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

/** Gives it back only if it is still ours: as its documentation says. */
const RELEASE = "if redis.call('get',KEYS[1]) == ARGV[1] then return redis.call('del',KEYS[1]) else return 0 end";
const KEY = 'easync-bench';

export function hasRedis() {
  return spawnSync('redis-server', ['--version']).error === undefined;
}

/**
 * SET NX PX, and a script to release. Who does not get it tries again after a millisecond.
 *
 * @param {string} path Of its socket; the first to come starts the server.
 * @returns {Promise<import('./locks.js').Lock>}
 */
export async function openRedis(path) {
  const server = existsSync(path) ? null : spawn('redis-server', ['--port', '0', '--unixsocket', path, '--save', '']);
  while (!existsSync(path)) await delay(1);
  const socket = connect(path);
  await once(socket, 'connect');
  const ask = asker(socket);
  return {
    async lock() {
      const token = randomUUID();
      while ((await ask('SET', KEY, token, 'NX', 'PX', '10000')) !== '+OK') await delay(1);
      return token;
    },
    async unlock(token) {
      if ((await ask('EVAL', RELEASE, '1', KEY, token)) !== ':1') throw new Error('it was not ours any more');
    },
    close() {
      socket.destroy();
      server?.kill();
    },
  };
}

/**
 * One request at a time, whose answer is one line: what is asked for here has no others.
 *
 * @param {import('node:net').Socket} socket
 * @returns {(...words: string[]) => Promise<string>}
 */
function asker(socket) {
  let received = '';
  /** @type {(line: string) => void} */
  let answer = () => undefined;
  socket.setEncoding('latin1').on('data', (text) => {
    received += text;
    if (!received.endsWith('\r\n')) return;
    answer(received.trimEnd());
    received = '';
  });
  return (...words) => {
    const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
    socket.write(`*${words.length}\r\n${parts.join('')}`);
    return new Promise((resolve) => (answer = resolve));
  };
}
