import type { Code } from '../errors.ts';
import { VM_PROT } from '../wire/index.ts';
import { check, type Piece, removeRange } from './address-map.ts';
import { emit, keyOf, type Machine, pageOf, stirPage } from './machine.ts';
import type { Call, CallWaiter, MemoryObject, Waiter } from './state.ts';
import type { Access, Page, TaskId } from './types.ts';

/** A call of a task that faults on these pages, all at the same time. */
export function begin(
  m: Machine,
  call: Pick<Call, 'id' | 'task' | 'address' | 'size' | 'access' | 'copy'>,
  pieces: readonly Piece[],
): Call {
  const record: Call = { ...call, pages: new Set(), left: 0, answered: false, result: null };
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
  addWaiter(m, object, page, { kind: 'call', call: call.id, access, at, bytes, bufferAt });
  call.pages.add(keyOf(m, object.id, page));
  call.left += 1;
}

export function addWaiter(m: Machine, object: MemoryObject, page: Page, waiter: Waiter): void {
  const waiters = object.waiters.get(page);
  if (waiters === undefined) object.waiters.set(page, [waiter]);
  else waiters.push(waiter);
  stirPage(m, object, page);
}

export function removeWaiters(object: MemoryObject, page: Page, gone: (waiter: Waiter) => boolean): void {
  const left = (object.waiters.get(page) ?? []).filter((waiter) => !gone(waiter));
  if (left.length > 0) object.waiters.set(page, left);
  else object.waiters.delete(page);
}

/** The page is there for the call, which is over with its last. */
export function serveCall(m: Machine, object: MemoryObject, page: Page, waiter: CallWaiter): void {
  const { call: id, at, bytes, bufferAt } = waiter;
  removeWaiters(object, page, (other) => other === waiter);
  if (bytes > 0) emit(m, { type: 'transfer', call: id, object: object.id, page, at, bytes, bufferAt });
  const call = m.state.calls.get(id);
  if (call === undefined) return;
  call.left -= 1;
  if (call.left === 0) endCall(m, call, 0);
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
  for (const key of call.pages) {
    const { object, page } = pageOf(m, key);
    if (object !== undefined)
      removeWaiters(object, page, (waiter) => waiter.kind === 'call' && waiter.call === call.id);
  }
  if (call.copy !== null && !kept) removeRange(m, call.task, call.address, call.size);
}

/** What the caller is told. If it has to wait, the host is told for whom. */
export function answer(m: Machine, call: Call): Code | 'waiting' {
  if (call.result !== null) return call.result;
  call.answered = true;
  const objects = new Set([...call.pages].map((key) => pageOf(m, key).object?.id));
  if (call.copy !== null) objects.add(m.state.objects.get(call.copy)?.source?.object);
  for (const object of objects) if (object !== undefined) emit(m, { type: 'waits', call: call.id, object });
  return 'waiting';
}

/** The task's map has changed: its calls that wait for what is not mapped any more, or not like that, are over. */
export function recheck(m: Machine, task: TaskId): void {
  for (const call of m.state.calls.values()) {
    const code = call.task === task ? check(m, task, call.address, call.size, call.access) : 0;
    if (code !== 0) endCall(m, call, code);
  }
}

export function accessOf(waiters: readonly Waiter[]): Access {
  return waiters.reduce((all, { access }) => all | access, 0);
}
