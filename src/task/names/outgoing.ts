import { type ErrorCode, IpcError } from '../../errors.ts';
import { DISP, type Name, NO_MEMORY, NO_RIGHT, type RightSpec } from '../../kernel/types.ts';
import { decodeBody, encodeBody } from '../../wire/body.ts';
import {
  DESCRIPTOR_BYTES,
  type Descriptor,
  encodeHead,
  FLAG,
  HEADER_BYTES,
  largestMessage,
  MESSAGES,
} from '../../wire/index.ts';
import type { BodyMemory } from '../messages/message-body.ts';
import { restoreRights } from '../rights/rights-in.ts';
import type { Task } from '../task.ts';
import type { Sent } from '../calls/kernel-calls.ts';
import { arrivedMemory, NamedMemory } from './memory.ts';
import type { MsgResult, NamedMessage } from './message.ts';
import { Named, named } from './named.ts';
import { dispositionOf, isU32, receiveRightOf } from './numbers.ts';

/** A message as a frame, and what a `msg` that sent it answers when it is known how that ended. */
type Outgoing = {
  head: Buffer;
  body: Uint8Array;
  memory: readonly Uint8Array[];
  result(sent: Sent): MsgResult;
};

/** A code: nothing is to be sent, and nothing has happened. */
export function outgoing(
  task: Task,
  message: NamedMessage,
  how: { sendId: number; poll: boolean; notify: boolean; cancel: Name | undefined },
): Outgoing | { code: ErrorCode } {
  const { remote, local = NO_RIGHT, id = 0, size = Infinity } = message;
  if (!isU32(id)) throw new IpcError('EINVAL', `send.id is a number of 32 bits, not ${id}`, { op: 'msg' });
  if (!(size >= HEADER)) return { code: 'MACH_SEND_MSG_TOO_SMALL' };
  const body = encodedBody(task, message);
  if (body === undefined) return { code: 'MACH_SEND_INVALID_DATA' };
  const { bytes, specs, memory } = body;
  const needed = HEADER + specs.length * DESCRIPTOR_BYTES + bytes.length;
  if (needed + memory.bytes > largestMessage(task.limits) || specs.length + 3 > task.limits.descriptorsPerMessage) {
    return { code: 'MACH_SEND_NO_BUFFER' };
  }
  const isCut = size < needed;
  if (isCut && specs.length === 0) return { code: 'MACH_SEND_MSG_TOO_SMALL' };
  const carried = isCut ? [...specs.slice(0, roomFor(size)), RUNS_OVER] : specs;
  const untold = how.cancel === undefined ? [] : [{ disp: 0, name: receiveRightOf(how.cancel) }];
  const flags =
    FLAG.ACK | (how.poll ? FLAG.POLL : 0) | (how.notify ? FLAG.NOTIFY : 0) | (untold.length > 0 ? FLAG.CANCEL : 0);
  const head = encodeHead({ kind: MESSAGES.send.id, callId: how.sendId, routine: id, flags }, [
    ...untold,
    descriptor(task, remote),
    descriptor(task, local),
    ...carried,
  ]);
  return {
    head,
    body: bytes,
    memory: memory.copies(carried.length),
    result({ code, copiedIn, rights, memory: returnedMemory }) {
      const count = code === 0 || rights.length > 0 ? carried.length : copiedIn;
      memory.copiedIn(count);
      for (const { disp, name } of carried.slice(0, count)) if (disp === DISP.MOVE_RECEIVE) task.portEnds(name);
      if (code === 'MACH_SEND_INVALID_TYPE' && isCut && firstOfNoType(carried) === RUNS_OVER) {
        return { code: 'MACH_SEND_MSG_TOO_SMALL' };
      }
      if (rights.length === 0) return { code };
      return { code, returned: { ...returned(rights, returnedMemory, bytes, task.limits.bodyDepth), id } };
    },
  };
}

/** Undefined for a body that cannot travel. */
function encodedBody(
  task: Task,
  { body, complex = true }: NamedMessage,
): { bytes: Uint8Array; specs: Descriptor[]; memory: NamedMemory } | undefined {
  const specs: Descriptor[] = [];
  const memory = new NamedMemory(specs);
  const take = (right: object): number | null => {
    if (!(right instanceof Named)) throw new IpcError('EBADBODY', 'a right in a body of msg is named(disp, name)');
    if (!complex) return null;
    specs.push(descriptor(task, right));
    return specs.length - 1;
  };
  try {
    const outside = complex ? memory : undefined;
    return { bytes: encodeBody(body, take, task.limits.bodyDepth, outside), specs, memory };
  } catch (error) {
    restoreRights(body);
    if (IpcError.is(error)) return undefined;
    throw error;
  }
}

/**
 * NULL and DEAD may stand where a right could be, so a name that is none becomes one that nothing has ever had. Memory is there
 * as an array, or not at all.
 */
function descriptor(task: Task, { disp, name }: RightSpec): Descriptor {
  if (disp === DISP.MEMORY) return { disp, name: NO_MEMORY };
  return { disp: dispositionOf(disp), name: isU32(name) ? name : task.newName() };
}

/** How many descriptors of a body lie within the stated size. */
function roomFor(size: number): number {
  return Math.floor((size - HEADER) / DESCRIPTOR_BYTES);
}

/** The first at which the copyin ends for its type alone. */
function firstOfNoType(specs: readonly Descriptor[]): Descriptor | undefined {
  return specs.find(({ disp }) => !DISPOSITIONS.has(disp));
}

/** The message as the pseudo-receive gives it back (mach.md §7). */
function returned(
  [remote = NO_RIGHT, local = NO_RIGHT, ...carried]: readonly Descriptor[],
  memory: BodyMemory,
  bytes: Uint8Array,
  depth: number,
) {
  const rightAt = (index: number): unknown => {
    const { disp, name } = carried[index] ?? NO_RIGHT;
    return named(disp, name);
  };
  const body = decodeBody(bytes, rightAt, depth, (index) => arrivedMemory(memory[index]));
  return { remote, local, body, complex: carried.length > 0 };
}

/** Without a body: the header and its two rights. */
const HEADER = HEADER_BYTES + 2 * DESCRIPTOR_BYTES;

/** Stands for what lies beyond the stated size: there the kernel ends the copyin, as it does where the message ends. */
const RUNS_OVER: Descriptor = { disp: 0xff, name: 0 };

const DISPOSITIONS: ReadonlySet<number> = new Set(Object.values(DISP));
