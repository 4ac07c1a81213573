import { Packr } from 'msgpackr';
import { Pair } from 'zeromq';
import { add } from './add.js';

const [address = ''] = process.argv.slice(2);
const packr = new Packr({ useRecords: false });
const socket = new Pair({ sendHighWaterMark: 0, receiveHighWaterMark: 0 });
socket.connect(address);
let posted = 0;

for await (const [frame] of socket) {
  const message = packr.unpack(/** @type {Buffer} */ (frame));
  if (message.op === 'add') await socket.send(packr.pack(add(message)));
  else if (message.op === 'post') posted += 1;
  else if (message.op === 'posted') await socket.send(packr.pack(posted));
  else if (message.op === 'echo') await socket.send(packr.pack(message.data));
  else break;
}
socket.close();
