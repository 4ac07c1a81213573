import type { FromKernel } from '../../src/pager/state.ts';
import type { Code } from '../../src/errors.ts';
import type { Effect, ToPager } from '../../src/vm/index.ts';
import type { Draft } from './draft.ts';
import type { KernelEvent, Step } from './machines.ts';
import { isInUse, pageOf } from './pages.ts';
import { type Host, NOTHING, newPage } from './parts.ts';
import { must } from './rules.ts';
import { watchSent } from './watch-kernel.ts';

/** Tells the kernel's machine, and does as its host what it asks for. Answers what the machine did. */
export function tell(draft: Draft, kernel: number, name: string, event: KernelEvent): number | string {
  const { effects, answer } = happen(draft, kernel, name, event);
  carryOutAll(draft, kernel, effects);
  return answer;
}

function carryOutAll(draft: Draft, kernel: number, effects: readonly Effect[]): void {
  const left = [...effects];
  for (let effect = left.shift(); effect !== undefined; effect = left.shift()) {
    carryOut(draft, kernel, effect);
    // What a prompt answer causes comes after what was to be done already, as in the broker.
    if (
      effect.type === 'revoke' &&
      draft.parts.bounds.isPrompt &&
      !isInUse(pageOf(draft.seeHost(kernel), effect.page))
    ) {
      left.push(...answerRevoke(draft, kernel, effect.page));
    }
  }
}

/** The host has seen that no task is in the middle of what the word forbids. */
export function revoked(draft: Draft, kernel: number, page: number): void {
  carryOutAll(draft, kernel, answerRevoke(draft, kernel, page));
}

function answerRevoke(draft: Draft, kernel: number, number: number): readonly Effect[] {
  const { object } = draft.seeHost(kernel);
  const page = pageOf(draft.host(kernel), number);
  const { dirty } = page;
  Object.assign(page, { dirty: false, revoking: false });
  return happen(draft, kernel, `revoked ${object} ${number} ${dirty}`, { do: 'revoked', object, page: number, dirty })
    .effects;
}

function happen(draft: Draft, kernel: number, name: string, event: KernelEvent): Step<Effect> {
  const { object } = draft.seeHost(kernel);
  const wasDead = draft.machines.vms.get(draft.vm(kernel)).objects.get(object)?.status === 'dead';
  const step = draft.machines.kernel(draft.vm(kernel), name, event);
  draft.setVm(kernel, step.next);
  const isSilent = !wasDead || step.effects.every(({ type }) => type !== 'send');
  must('§1.4 nothing is sent to a dead pager', isSilent, () => `kernel ${kernel}`);
  return step;
}

export function map(draft: Draft, kernel: number): void {
  const host = draft.host(kernel);
  if (host.object === 0) host.object = Number(tell(draft, kernel, 'create', { do: 'create' }));
  host.mapped = true;
  const { object } = host;
  const code = tell(draft, kernel, `map ${object}`, { do: 'map', object });
  if (code !== 0) throw new Error(`map: ${code}`);
}

/** A task's write is there for all who may see the page. */
export function write(draft: Draft, host: Host, page: number): void {
  const book = draft.book();
  const version = (book.latest[page] ?? 0) + 1;
  book.latest[page] = version;
  pageOf(host, page).memory = version;
}

function carryOut(draft: Draft, kernel: number, effect: Effect): void {
  const host = draft.host(kernel);
  if (effect.type === 'send') send(draft, kernel, host, effect.message);
  else if (effect.type === 'install') {
    const page = pageOf(host, effect.page);
    must('P3 a page that is there stays as it is', page.memory === NOTHING && page.pin === 0, () => at(effect, kernel));
    page.memory = effect.data?.[0] ?? 0;
    page.asked = false;
  } else if (effect.type === 'allow') pageOf(host, effect.page).word = effect.access;
  else if (effect.type === 'revoke') {
    pageOf(host, effect.page).word = effect.access;
    pageOf(host, effect.page).revoking = true;
  } else if (effect.type === 'discard') discard(draft, kernel, host, effect.page);
  else if (effect.type === 'transfer') {
    const call = host.calls[effect.call - 1];
    must('every answer belongs to a call', call?.page === effect.page, () => at(effect, kernel));
    const page = pageOf(host, effect.page);
    must('no access to a page that is not there', page.memory !== NOTHING, () => at(effect, kernel));
    if (call?.write === true) write(draft, host, effect.page);
  } else if (effect.type === 'done') {
    must('§1.4 who fails, fails for a reason', mayEnd(host, effect.code), () => `${effect.code} in kernel ${kernel}`);
    must('every answer belongs to a call', host.calls[effect.call - 1] !== null, () => `kernel ${kernel}`);
    host.calls[effect.call - 1] = null;
  } else if (effect.type === 'forget') {
    for (const [page, { memory }] of host.pages.entries()) if (memory !== NOTHING) discard(draft, kernel, host, page);
    host.object = 0;
    host.congested = false;
  }
}

function send(draft: Draft, kernel: number, host: Host, sent: ToPager): void {
  const message = withBytes(host, sent);
  if (message.kind === 'memory_object_init') host.life += 1;
  watchSent(draft, kernel, host, message);
  // Nobody reads what is sent to a dead pager.
  if (draft.master >= 0) draft.pushUp(kernel, { life: host.life, message });
}

/** The host reads the bytes that go back at this very moment. */
function withBytes(host: Host, sent: ToPager): FromKernel {
  if (!('length' in sent) || !isReturn(sent)) return sent as FromKernel;
  const { length, ...rest } = sent;
  const data = Uint8Array.from({ length }, (_, index) => Math.max(0, pageOf(host, sent.offset + index).memory));
  return { ...rest, data };
}

function isReturn(
  sent: ToPager,
): sent is Extract<ToPager, { kind: 'memory_object_data_return' | 'memory_object_data_initialize' }> {
  return sent.kind === 'memory_object_data_return' || sent.kind === 'memory_object_data_initialize';
}

function discard(draft: Draft, kernel: number, host: Host, number: number): void {
  const page = pageOf(host, number);
  must(
    'P8 a page in use stays',
    !host.mapped || (page.pin === 0 && page.word === 0),
    () => `page ${number} of kernel ${kernel}`,
  );
  const isKnown = page.memory <= (draft.seeBook().returned[number] ?? 0);
  must(
    'no lost write: what is flushed was returned',
    isKnown || host.cutOff,
    () => `page ${number} of kernel ${kernel}`,
  );
  host.pages[number] = { ...newPage(), returned: page.returned };
}

/** Without an error of the store, only who has no pager or no mapping any more is told that there is no memory. */
function mayEnd(host: Host, code: Code): boolean {
  if (code === 'KERN_MEMORY_ERROR') return host.cutOff || host.failed;
  if (code === 'KERN_INVALID_ADDRESS') return !host.mapped;
  return code === 0;
}

function at({ page }: { page: number }, kernel: number): string {
  return `page ${page} of kernel ${kernel}`;
}
