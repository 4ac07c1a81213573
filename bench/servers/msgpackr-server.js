import { connect } from 'node:net';
import { Packr } from 'msgpackr';
import { FramedSocket } from '../support/framed-socket.js';
import { add } from './add.js';

const [path = ''] = process.argv.slice(2);
const packr = new Packr({ useRecords: false });
let posted = 0;

const link = new FramedSocket(
  (onread) => connect({ path, onread }),
  (frame) => {
    const message = packr.unpack(frame);
    if (message.op === 'add') link.send(packr.pack(add(message)));
    else if (message.op === 'post') posted += 1;
    else if (message.op === 'posted') link.send(packr.pack(posted));
    else link.send(packr.pack(message.data));
  },
);
