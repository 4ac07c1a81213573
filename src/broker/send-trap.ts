import { ProtocolError } from '../errors.ts';
import { DISP, NULL_NAME, type Trap } from '../kernel/index.ts';
import type { Limits } from '../limits.ts';
import { bytesOf, type Descriptor, DESCRIPTOR_BYTES, FLAG, type Frame, largestMessage } from '../wire/index.ts';
import type { Carried } from './carried.ts';

/**
 * What a `send` frame of this size asks of the kernel.
 *
 * @throws ProtocolError
 */
export function sendTrap(frame: Frame, size: number, carried: Carried, limits: Limits): SendTrap {
  const { header, descriptors } = frame;
  const cancel = (header.flags & FLAG.CANCEL) === 0 ? undefined : descriptors[0];
  const [dest, reply, ...rights] = cancel === undefined ? descriptors : descriptors.slice(1);
  if (dest === undefined || reply === undefined) {
    throw new ProtocolError('a send needs two descriptors at least: the destination and the reply right, or none');
  }
  if (header.callId === 0 && dest.disp !== DISP.MOVE_SEND_ONCE) {
    throw new ProtocolError('a send that may wait for room needs a callId');
  }
  const inline = cancel === undefined ? size : size - DESCRIPTOR_BYTES;
  const bytes = inline + bytesOf(frame.memory);
  if (bytes > largestMessage(limits)) throw new ProtocolError(`a message of ${bytes} bytes: no task could receive it`);
  return {
    op: 'send',
    sendId: header.callId,
    message: {
      dest,
      reply,
      rights,
      tag: header.callId,
      bytes,
      size: inline,
      charge: costOf(bytes, rights),
      payload: carried,
      tellTaken: frame.memory.length > 0,
    },
    poll: (header.flags & FLAG.POLL) !== 0,
    notify: (header.flags & FLAG.NOTIFY) !== 0,
    cancel: cancel?.name ?? NULL_NAME,
  };
}

export type SendTrap = Extract<Trap, { op: 'send' }>;

/** What it takes to keep a message: its frame and its memory, and the records of it and of each right in it. */
function costOf(bytes: number, rights: readonly Descriptor[]): number {
  return bytes + MESSAGE_COST + RIGHT_COST * rights.length;
}

/** Measured, and rounded up: a small message costs mostly this. */
const MESSAGE_COST = 1024;
const RIGHT_COST = 256;
