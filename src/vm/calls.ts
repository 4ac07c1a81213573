import type { Code, ErrorCode } from '../errors.ts';
import { VM_PROT } from '../wire/index.ts';
import { check, type Piece, removeRange } from './address-map.ts';
import { emit, type Machine, stirPage } from './machine.ts';
import type { Call, CallWaiter, MemoryObject, Waiter } from './state.ts';
import type { Access, ObjectId, Page, TaskId } from './types.ts';

/** A call of a task that faults on these pages, all at the same time. */
export function begin(
  m: Machine,
  call: Pick<Call, 'id' | 'task' | 'address' | 'size' | 'access'> & Partial<Pick<Call, 'copy' | 'futex'>>,
  pieces: readonly Piece[],
): Call {
  const record: Call = { copy: null, futex: null, ...call, waiters: new Set(), answered: false, result: null };
  m.state.calls.set(call.id, record);
  for (const piece of pieces) {
    const object = m.state.objects.get(piece.object);
    if (object !== undefined) waitFor(m, record, object, piece);
  }
  return record;
}

/** Page by page, what the call still needs. */
export function waitFor(m: Machine, call: Call, object: MemoryObject, piece: Omit<Piece, 'object'>): void {
  const { page, at, bytes, bufferAt } = piece;
  // A part of the page is written: the rest must be there, too.
  const access = call.access === VM_PROT.WRITE ? VM_PROT.READ | VM_PROT.WRITE : call.access;
  const waiter: CallWaiter = { kind: 'call', call: call.id, object: object.id, page, access, at, bytes, bufferAt };
  addWaiter(m, object, page, waiter);
  call.waiters.add(waiter);
}

export function addWaiter(m: Machine, object: MemoryObject, page: Page, waiter: Waiter): void {
  const waiters = object.waiters.get(page);
  if (waiters === undefined) object.waiters.set(page, new Set([waiter]));
  else waiters.add(waiter);
  stirPage(m, object, page);
}

export function removeWaiter(object: MemoryObject, page: Page, waiter: Waiter): void {
  const waiters = object.waiters.get(page);
  waiters?.delete(waiter);
  if (waiters?.size === 0) object.waiters.delete(page);
}

/** The page is there for the call, which is over with its last. */
export function serveCall(m: Machine, object: MemoryObject, page: Page, waiter: CallWaiter): void {
  const { call: id, at, bytes, bufferAt } = waiter;
  removeWaiter(object, page, waiter);
  if (bytes > 0) emit(m, { type: 'transfer', call: id, object: object.id, page, at, bytes, bufferAt });
  const call = m.state.calls.get(id);
  if (call === undefined) return;
  call.waiters.delete(waiter);
  if (call.waiters.size > 0) return;
  if (call.futex === null) endCall(m, call, 0);
  else m.state.arrivedCalls.push(id);
}

/** The call is over: once, whatever else it waited for. */
export function endCall(m: Machine, call: Call, code: Code): void {
  dropCall(m, call, code === 0);
  if (call.answered) emit(m, { type: 'done', call: call.id, code });
  else call.result = code;
}

/** Nothing more is said of the call. A copy that it did not live to see is unmapped, unless it is `kept`. */
export function dropCall(m: Machine, call: Call, kept: boolean): void {
  m.state.calls.delete(call.id);
  for (const waiter of call.waiters) {
    const object = m.state.objects.get(waiter.object);
    if (object !== undefined) removeWaiter(object, waiter.page, waiter);
  }
  if (call.futex !== null) m.state.withdrawn.push({ call: call.id, futex: call.futex });
  if (call.copy === null) return;
  const copy = m.state.objects.get(call.copy);
  if (copy?.status === 'forming') failForming(m, copy);
  if (kept) return;
  removeRange(m, call.task, call.address, call.size);
  recheck(m, call.task);
}

/** Copies of what will never be. */
export function failForming(m: Machine, object: MemoryObject, code: ErrorCode = 'KERN_MEMORY_ERROR'): void {
  for (const copy of object.forming) failCopy(m, copy, code);
}

/** The call that makes this copy fails, and its region goes. */
export function failCopy(m: Machine, copy: ObjectId, code: ErrorCode): void {
  const call = callOf(m, copy);
  if (call !== undefined) endCall(m, call, code);
}

export function callOf(m: Machine, copy: ObjectId): Call | undefined {
  for (const call of m.state.calls.values()) if (call.copy === copy) return call;
  return undefined;
}

/** What the caller is told. If it has to wait, the host is told for whom. */
export function answer(m: Machine, call: Call): Code | 'waiting' {
  if (call.result !== null) return call.result;
  call.answered = true;
  const objects = new Set<ObjectId | undefined>([...call.waiters].map(({ object }) => object));
  if (call.copy !== null) objects.add(m.state.objects.get(call.copy)?.source?.object);
  for (const object of objects) if (object !== undefined) emit(m, { type: 'waits', call: call.id, object });
  return 'waiting';
}

/** The task's map has changed: its calls that wait for what is not mapped any more, or not like that, are over. */
export function recheck(m: Machine, task: TaskId): void {
  for (const call of m.state.calls.values()) {
    if (call.futex?.isMoved === true) continue;
    const code = call.task === task ? check(m, task, call.address, call.size, call.access) : 0;
    if (code !== 0) endCall(m, call, isSleeping(call) ? 'KERN_INVALID_ADDRESS' : code);
  }
}

/** Or wakes who does: what may not be read is no address for that (pager.md §2.8). */
function isSleeping({ futex, access }: Call): boolean {
  return futex !== null && access === VM_PROT.READ;
}

export function accessOf(waiters: ReadonlySet<Waiter>): Access {
  let all = 0;
  for (const { access } of waiters) all |= access;
  return all;
}
