import { connect } from 'node:net';
import { connectedPeer } from '../support/peer.js';

// Forwards bytes both ways, in the pieces they come in: the least a process in the middle can do.
const [path = '', program = ''] = process.argv.slice(2);
const peer = await connectedPeer(program, [String(process.pid)]);
const server = peer.socket(forwardingTo(() => client));
const client = connect({ path, onread: forwardingTo(() => server) });
client.on('close', () => server.destroy());

/**
 * @param {() => import('node:net').Socket} to
 * @returns {import('node:net').OnReadOpts}
 */
function forwardingTo(to) {
  const buffer = Buffer.allocUnsafeSlow(64 * 1024);
  return {
    buffer,
    callback(length) {
      to().write(Buffer.from(buffer.subarray(0, length)));
      return true;
    },
  };
}
