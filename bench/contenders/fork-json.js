import { fork } from 'node:child_process';
import { Fifo } from '../support/fifo.js';
import { check, request } from '../support/inputs.js';
import { serverFile } from '../support/peer.js';

/** @type {import('./contender.js').Start} */
export async function start() {
  const child = fork(serverFile('fork-server'), { serialization: 'json' });
  const replies = new Fifo();
  child.on('message', (reply) => replies.arrived(reply));
  /** @param {object} message */
  const roundTrip = (message) => {
    child.send(message);
    return replies.next();
  };
  return {
    others: [Number(child.pid)],
    async call(i) {
      check(i, await roundTrip(request(i)));
    },
    post: (i) => void child.send({ ...request(i), op: 'post' }),
    posted: () => roundTrip({ op: 'posted' }),
    echo: async (bytes) => Buffer.from(await roundTrip({ op: 'echo', data: bytes.toString('base64') }), 'base64'),
    async close() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.disconnect();
      await ended;
    },
  };
}
