/** Every call has an input of its own; 1,024 names go round, so that no side can live off one constant. */
const NAMES = Array.from(
  { length: 1024 },
  (_, i) => `/var/lib/easync/bench/object-${String(i * 7919).padStart(8, '0')}`,
);

/** Added to `a` by every server. */
export const B = 7;

/**
 * About 100 bytes as JSON.
 *
 * @param {number} i
 */
export function request(i) {
  return { op: 'add', a: i, b: B, name: NAMES[i & 1023] ?? '' };
}

/**
 * @param {number} i The request's number.
 * @param {{ sum: number; name: string }} reply
 */
export function check(i, reply) {
  if (reply.sum !== i + B || reply.name !== NAMES[i & 1023]) {
    throw new Error(`the reply to request ${i} is ${JSON.stringify(reply)}`);
  }
}

/** Ready-made bytes for the floors: what they carry was encoded before the clock started. */
export const READY_BYTES = 100;

/** @param {number} op First byte of each. */
export function readyMade(op) {
  return Array.from({ length: 1024 }, (_, i) => {
    const bytes = Buffer.alloc(READY_BYTES, i & 0xff);
    bytes[0] = op;
    bytes.writeUInt32LE(i, 4);
    return bytes;
  });
}
