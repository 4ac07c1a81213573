import { VM_PROT } from '../../src/wire/index.ts';
import type { Offer } from './bounds.ts';
import type { Draft } from './draft.ts';
import { tell, write } from './kernel-side.ts';
import { pageOf } from './pages.ts';
import type { Budget, Host } from './parts.ts';
import { must } from './rules.ts';

/** What the tasks of a kernel can do with a page: directly, as far as the access word allows, or else by a call. */
export function stepsOfTasks(
  host: Readonly<Host>,
  kernel: number,
  number: number,
  left: Readonly<Budget>,
  offer: Offer,
): void {
  const page = pageOf(host, number);
  const call = host.calls.indexOf(null);
  for (const isWrite of [false, true]) {
    const access = isWrite ? VM_PROT.READ | VM_PROT.WRITE : VM_PROT.READ;
    const budget = isWrite ? 'writes' : 'reads';
    const what = isWrite ? 'writes' : 'reads';
    if (!host.mapped || left[budget] === 0) continue;
    if ((access & ~page.word) !== 0) {
      if (call < 0) continue;
      const take = (draft: Draft): void => fault(draft, kernel, number, isWrite, call + 1);
      offer('choice', () => `kernel ${kernel}: a task that ${what} page ${number} has to ask`, take);
      continue;
    }
    if (isWrite) {
      offer(
        'choice',
        () => `kernel ${kernel}: a task writes page ${number}`,
        (draft) => {
          draft.spend(budget);
          pageOf(draft.host(kernel), number).dirty = true;
          write(draft, draft.host(kernel), number);
        },
      );
    }
    if (page.pin !== 0 || left.pins === 0) continue;
    offer(
      'choice',
      () => `kernel ${kernel}: a task begins, and ${what} page ${number}`,
      (draft) => {
        draft.spend('pins');
        draft.spend(budget);
        pageOf(draft.host(kernel), number).pin = access;
      },
    );
  }
  if (page.pin === 0) return;
  offer(
    'progress',
    () => `kernel ${kernel}: a task is done with page ${number}`,
    (draft) => endAccess(draft, kernel, number),
  );
}

function fault(draft: Draft, kernel: number, page: number, isWrite: boolean, call: number): void {
  draft.spend(isWrite ? 'writes' : 'reads');
  const host = draft.host(kernel);
  host.calls[call - 1] = { page, write: isWrite };
  const code = tell(draft, kernel, `access ${call} ${page} ${isWrite}`, { do: 'access', call, page, write: isWrite });
  if (code === 'waiting') return;
  const mayFail = code === 'KERN_MEMORY_ERROR' && host.cutOff;
  must('§1.4 who fails, fails for a reason', code === 0 || mayFail, () => `${code} in kernel ${kernel}`);
  host.calls[call - 1] = null;
}

/** A write's bytes are all there at the end of the access, at the latest possible time. */
function endAccess(draft: Draft, kernel: number, number: number): void {
  const host = draft.host(kernel);
  const page = pageOf(host, number);
  if ((page.pin & VM_PROT.WRITE) !== 0) {
    page.dirty = true;
    write(draft, host, number);
  }
  page.pin = 0;
}
