/**
 * What the client measures. Calls check their replies; `i` numbers the inputs.
 *
 * @typedef {object} Contender
 * @property {readonly number[]} others Processes that take part beside the client.
 * @property {(i: number) => Promise<void>} call Settles when the reply has come and is right.
 * @property {(i: number) => unknown} post One way. A promise, where there is one, settles when the message was accepted.
 * @property {() => Promise<number>} posted How many one-way messages the receiver has handled; behind all posts so far.
 * @property {(bytes: Buffer) => Promise<Uint8Array>} echo There and back; both sides end with bytes of their own.
 * @property {(bytes: Uint8Array) => Promise<Uint8Array>} [moved] The same with memory that is given away, both ways, by those who can.
 * @property {() => Promise<void>} close
 */

/** @typedef {() => Promise<Contender>} Start */

/** @type {Record<string, { about: string; start: () => Promise<{ start: Start }> }>} */
export const CONTENDERS = {
  bare: {
    about: 'floor: `node:net` Unix socket, ready-made bytes behind a u32 length, 2 processes',
    start: () => import('./bare.js'),
  },
  'bare-relay': {
    about: 'floor: the same through a third process that forwards bytes',
    start: () => import('./bare-relay.js'),
  },
  'bare-msgpackr': {
    about: 'peer: the frames of `bare` with msgpackr bodies, 2 processes',
    start: () => import('./bare-msgpackr.js'),
  },
  'fork-json': {
    about: 'peer: `child_process.fork`, JSON (large payloads as base64), 2 processes',
    start: () => import('./fork-json.js'),
  },
  zeromq: {
    about: 'peer: zeromq.js PAIR over ipc, msgpackr bodies, 2 processes',
    start: () => import('./zeromq.js'),
  },
  easync: {
    about: 'a typed call through the broker, 3 processes',
    start: () => import('./easync.js'),
  },
};
