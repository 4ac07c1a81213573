import type { FromKernel, ToKernel } from '../../src/pager/state.ts';
import { VM_PROT } from '../../src/wire/index.ts';
import type { Draft } from './draft.ts';
import { isInUse, pageOf } from './pages.ts';
import { type Host, type HostPage, NOTHING } from './parts.ts';
import { must } from './rules.ts';

/** What a kernel sends, against the rules of pager.md §1.2 that can be seen on its stream. */
export function watchSent(draft: Draft, kernel: number, host: Host, message: FromKernel): void {
  const says = (): string => `kernel ${kernel} says ${message.kind}`;
  const isFree = message.kind === 'memory_object_change_completed';
  const begins = message.kind === 'memory_object_init';
  must('P15 all is between init and terminate', isFree || host.introduced !== begins, says);
  if (message.kind === 'memory_object_init') Object.assign(host, { introduced: true, ready: false });
  else if (message.kind === 'memory_object_terminate') terminated(draft, kernel, host);
  else if (message.kind === 'memory_object_change_completed') {
    const isOver = host.mapped || message.mayCache || !host.introduced;
    must('P16 terminate comes before change_completed', isOver, says);
  } else if ('offset' in message) {
    const length = 'length' in message ? message.length : message.data.length;
    for (let at = message.offset; at < message.offset + length; at += 1) {
      watchPage(draft, host, at, pageOf(host, at), message, () => `${says()} of page ${at}`);
    }
  }
}

/** What comes to a kernel, as far as what it may say next depends on it. */
export function watchReceived(host: Host, message: ToKernel): void {
  const { kind } = message;
  if (kind === 'memory_object_ready' || kind === 'memory_object_change_attributes') host.ready = true;
  if (kind === 'memory_object_data_error') host.failed = true;
  if (kind !== 'memory_object_data_error' && kind !== 'memory_object_lock_request') return;
  for (const page of host.pages.slice(message.offset, message.offset + message.length)) {
    if (kind === 'memory_object_data_error') page.asked = false;
    else if (message.lock !== VM_PROT.NO_CHANGE) page.unlockAsked = 0;
  }
}

function watchPage(
  draft: Draft,
  host: Host,
  at: number,
  page: HostPage,
  message: FromKernel,
  says: () => string,
): void {
  const book = draft.seeBook();
  if (message.kind === 'memory_object_data_request') {
    must('P1 no request before ready', host.ready, says);
    must('P1 no second request for a requested page', !page.asked, says);
    must('P12 no request for a page that is not gone yet', page.memory === NOTHING, says);
    page.asked = true;
    const asked = host.pages.filter((one) => one.asked).length;
    must('P2 so many requests are outstanding at most', asked <= draft.parts.bounds.requests, says);
  } else if (message.kind === 'memory_object_data_unlock') {
    must('P6 an unlock is asked for once', (message.access & ~page.unlockAsked) !== 0, says);
    page.unlockAsked |= message.access;
  } else if (message.kind === 'memory_object_data_return') {
    must('P8 what goes back is not in use', !isInUse(page) && (page.word & VM_PROT.WRITE) === 0, says);
    must('P10 a page that was cleaned is clean', page.memory > page.returned, says);
    page.returned = page.memory;
    if (page.memory > (book.returned[at] ?? 0)) draft.book().returned[at] = page.memory;
  } else if (message.kind === 'memory_object_lock_completed') {
    must('P8 a page in use delays lock_completed', !isInUse(page), says);
    must('P11 what is returned comes before lock_completed', page.memory <= (book.returned[at] ?? 0), says);
  }
}

function terminated(draft: Draft, kernel: number, host: Host): void {
  host.introduced = false;
  host.ready = false;
  for (const page of host.pages) Object.assign(page, { asked: false, unlockAsked: 0 });
  // The control port is the pager's now: what is on its way there reaches nobody.
  draft.setDown(
    kernel,
    draft.down(kernel).filter((item) => draft.parts.items.get(item).message === null),
  );
}
