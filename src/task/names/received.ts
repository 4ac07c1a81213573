import { type Code, IpcError, ProtocolError } from '../../errors.ts';
import { DEAD_NAME, DISP, NO_RIGHT, NULL_NAME, RIGHT } from '../../kernel/types.ts';
import { decodeBody, type MemoryAt, type RightAt } from '../../wire/body.ts';
import { decodeBareCode, decodeErrorBody } from '../../wire/error-body.ts';
import { type Descriptor, FLAG } from '../../wire/index.ts';
import { decodeNotification } from '../messages/notification.ts';
import type { Task } from '../task.ts';
import type { KernelCalls, TrapResult } from '../calls/kernel-calls.ts';
import { arrivedMemory } from './memory.ts';
import type { MsgResult, ReceivedMessage } from './message.ts';
import { named } from './named.ts';

type Answer = TrapResult<'receive'> & Pick<MsgResult, 'code'>;

/** What a `msg` that received this answers. Of a body that cannot be read nothing is left, its rights are given back. */
export function received(task: Task, answer: Answer): MsgResult {
  const { code, rights, value: size } = answer;
  const needed = code === 'MACH_RCV_TOO_LARGE' ? { size } : {};
  if (rights.length === 0) return { code, ...needed };
  const message = headerOf(answer);
  if (HEADER_ONLY.has(code)) return { code, message, ...needed };
  const [, , ...carried] = rights;
  try {
    return { code, message: { ...message, ...contentOf(task, answer, carried) } };
  } catch {
    // Unreadable is what its sender made it: the code tells.
    for (const spec of carried) discard(task.calls, spec);
    return { code: 'MACH_RCV_INVALID_DATA', message };
  }
}

const HEADER_ONLY: ReadonlySet<Code> = new Set([
  'MACH_RCV_TOO_LARGE',
  'MACH_RCV_INVALID_NOTIFY',
  'MACH_RCV_HEADER_ERROR',
]);

function headerOf({ rights, header, value: size, tag, notification }: Answer): ReceivedMessage {
  const [local = NO_RIGHT, remote = NO_RIGHT] = rights;
  const id = notification === 0 ? (header?.routine ?? 0) : notification;
  const seqno = header?.sequence ?? 0;
  return { remote, local, seqno, id, body: undefined, complex: rights.length > 2, size, tag };
}

function contentOf(
  task: Task,
  answer: Answer,
  carried: readonly Descriptor[],
): Pick<ReceivedMessage, 'body' | 'notification'> {
  if (answer.notification === 0) return { body: bodyOf(task, answer, carried) };
  const notification = decodeNotification({ ...answer, id: answer.notification });
  const [right] = carried;
  if (right === undefined) return { body: undefined, notification };
  const body = named(right.disp, right.name);
  return { body, notification: { ...notification, right: body } };
}

/** Rights that the body does not show have been carried for nothing. */
function bodyOf(task: Task, { header, body, memory }: Answer, carried: readonly Descriptor[]): unknown {
  const flags = header?.flags ?? 0;
  const shown = new Set<number>();
  const rightAt = (index: number): unknown => {
    const spec = carried[index];
    if (spec === undefined || spec.disp === DISP.MEMORY)
      throw new ProtocolError(`the body has a right without a descriptor (${index})`);
    shown.add(index);
    return named(spec.disp, spec.name);
  };
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.length);
  const value = valueOf(flags, bytes, task.limits.bodyDepth, rightAt, (index) => arrivedMemory(memory[index]));
  carried.forEach((spec, index) => {
    if (!shown.has(index)) discard(task.calls, spec);
  });
  return value;
}

/** A failure that a driver answered with is an Error here too. */
function valueOf(flags: number, bytes: Buffer, depth: number, rightAt: RightAt, memoryAt: MemoryAt): unknown {
  const raw = (flags & FLAG.RAW) !== 0;
  if ((flags & FLAG.FAILED) === 0) {
    return raw ? Uint8Array.prototype.slice.call(bytes) : decodeBody(bytes, rightAt, depth, memoryAt);
  }
  return raw ? new IpcError(decodeBareCode(bytes), 'the message is a reply that says no more') : decodeErrorBody(bytes);
}

function discard(calls: KernelCalls, { disp, name }: Descriptor): void {
  if (name === NULL_NAME || name === DEAD_NAME || disp === DISP.MEMORY) return;
  if (disp === DISP.MOVE_RECEIVE) calls.post('port_mod_refs', { name, right: RIGHT.RECEIVE, delta: -1 });
  else calls.post('port_deallocate', { name });
}
