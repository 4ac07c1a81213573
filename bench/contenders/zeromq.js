import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Packr } from 'msgpackr';
import { Pair } from 'zeromq';
import { Fifo } from '../support/fifo.js';
import { check, request } from '../support/inputs.js';
import { serverFile } from '../support/peer.js';

/** @type {import('./contender.js').Start} */
export async function start() {
  const directory = mkdtempSync(join(tmpdir(), 'easync-bench-'));
  const address = `ipc://${directory}/socket`;
  const socket = new Pair({ sendHighWaterMark: 0, receiveHighWaterMark: 0, linger: 0 });
  await socket.bind(address);
  const child = spawn(process.execPath, [serverFile('zeromq-server'), address], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const packr = new Packr({ useRecords: false });
  const replies = new Fifo();
  const reading = (async () => {
    for await (const [frame] of socket) replies.arrived(packr.unpack(/** @type {Buffer} */ (frame)));
  })();
  const outgoing = outbox(socket);
  /** @param {object} message */
  const roundTrip = (message) => {
    void outgoing(packr.pack(message));
    return replies.next();
  };
  await roundTrip({ op: 'posted' });
  return {
    others: [Number(child.pid)],
    async call(i) {
      check(i, await roundTrip(request(i)));
    },
    post: (i) => outgoing(packr.pack({ ...request(i), op: 'post' })),
    posted: () => roundTrip({ op: 'posted' }),
    echo: (bytes) => roundTrip({ op: 'echo', data: bytes }),
    async close() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      await outgoing(packr.pack({ op: 'end' }));
      await ended;
      socket.close();
      await reading;
      rmSync(directory, { recursive: true });
    },
  };
}

/**
 * A socket takes one send at a time.
 *
 * @param {Pair} socket
 */
function outbox(socket) {
  /** @type {Promise<void>} */
  let last = Promise.resolve();
  return (/** @type {Buffer} */ bytes) => (last = last.then(() => socket.send(bytes)));
}
