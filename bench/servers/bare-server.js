import { connect } from 'node:net';
import { FramedSocket } from '../support/framed-socket.js';
import { OP } from './bare-ops.js';

const [path = '', ...pidsBefore] = process.argv.slice(2);
let posted = 0;

const link = new FramedSocket(
  (onread) => connect({ path, onread }),
  (frame) => {
    if (frame[0] === OP.post) posted += 1;
    else if (frame[0] === OP.posted) link.send(count());
    else if (frame[0] === OP.pids) link.send(Buffer.from(`\0${[...pidsBefore, process.pid].join(' ')}`));
    else link.send(frame);
  },
);

function count() {
  const reply = Buffer.alloc(5);
  reply.writeUInt32LE(posted, 1);
  return reply;
}
