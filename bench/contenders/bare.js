import { FramedSocket } from '../support/framed-socket.js';
import { Fifo } from '../support/fifo.js';
import { readyMade } from '../support/inputs.js';
import { connectedPeer } from '../support/peer.js';
import { OP } from '../servers/bare-ops.js';

/** @type {import('./contender.js').Start} */
export const start = () => startBare('bare-server', []);

/**
 * @param {string} program
 * @param {readonly string[]} args
 * @returns {Promise<import('./contender.js').Contender>}
 */
export async function startBare(program, args) {
  const replies = new Fifo();
  const peer = await connectedPeer(program, args);
  const link = new FramedSocket(peer.socket, (frame) => replies.arrived(frame));
  const calls = readyMade(OP.call);
  const posts = readyMade(OP.post);
  /** @param {Buffer} bytes */
  const roundTrip = (bytes) => {
    link.send(bytes);
    return replies.next();
  };
  // A reply is a view of the read buffer, but promise jobs run before the next read: what they look at is still there.
  const pids = (await roundTrip(Buffer.from([OP.pids]))).toString('latin1', 1).split(' ').map(Number);
  return {
    others: pids,
    async call(i) {
      const reply = await roundTrip(calls[i & 1023] ?? Buffer.alloc(0));
      if (reply.readUInt32LE(4) !== (i & 1023)) throw new Error(`a wrong reply to ${i}`);
    },
    post: (i) => link.send(posts[i & 1023] ?? Buffer.alloc(0)),
    posted: async () => (await roundTrip(Buffer.from([OP.posted]))).readUInt32LE(1),
    echo: async (bytes) => {
      bytes[0] = OP.echo;
      return roundTrip(bytes);
    },
    async close() {
      link.socket.destroy();
      await peer.ended;
    },
  };
}
