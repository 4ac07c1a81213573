import { add } from './add.js';

let posted = 0;

process.on('message', (/** @type {any} */ message) => {
  if (message.op === 'add') process.send?.(add(message));
  else if (message.op === 'post') posted += 1;
  else if (message.op === 'posted') process.send?.(posted);
  // Both sides shall end with the bytes themselves.
  else process.send?.(Buffer.from(message.data, 'base64').toString('base64'));
});
