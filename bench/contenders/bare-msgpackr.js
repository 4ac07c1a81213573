import { Packr } from 'msgpackr';
import { FramedSocket } from '../support/framed-socket.js';
import { Fifo } from '../support/fifo.js';
import { check, request } from '../support/inputs.js';
import { connectedPeer } from '../support/peer.js';

/** @type {import('./contender.js').Start} */
export async function start() {
  const packr = new Packr({ useRecords: false });
  const replies = new Fifo();
  const peer = await connectedPeer('msgpackr-server', []);
  const link = new FramedSocket(peer.socket, (frame) => replies.arrived(packr.unpack(frame)));
  /** @param {object} message */
  const roundTrip = (message) => {
    link.send(packr.pack(message));
    return replies.next();
  };
  return {
    others: [peer.pid],
    async call(i) {
      check(i, await roundTrip(request(i)));
    },
    post: (i) => link.send(packr.pack({ ...request(i), op: 'post' })),
    posted: () => roundTrip({ op: 'posted' }),
    echo: (bytes) => roundTrip({ op: 'echo', data: bytes }),
    async close() {
      link.socket.destroy();
      await peer.ended;
    },
  };
}
