import type { FutexAccess, FutexHistory, FutexRecord } from './history.ts';

/** Every call of a task that lives has ended, with what something explains. */
export function* faultsOfOutcomes(history: FutexHistory): Generator<string> {
  for (const record of history.tasks) {
    for (const access of record.accesses) {
      const { kind, op, begin, end, code, unlock, futex } = access;
      const said = `task ${record.task} on ${record.broker}, ${kind} ${op}${futex === undefined ? '' : ` of futex ${futex}`}`;
      const isOpen = end === undefined || (unlock !== undefined && unlock.end === undefined);
      if (isOpen && !record.killed) yield `${said}: it never ended`;
      if (code !== 0 && code !== undefined && end !== undefined) {
        const reasons = reasonsFor(history, record, access, { begin, end });
        if (!reasons.has(code)) yield `${said}: nothing explains ${code}`;
      }
      if (unlock?.code === 0 || unlock?.code === undefined || unlock.end === undefined) continue;
      const { begin: from, end: to } = unlock;
      const reasons = reasonsFor(history, record, access, { begin: Math.min(from, begin), end: to });
      if (!reasons.has(unlock.code)) yield `${said}: nothing explains that unlocking it ends with ${unlock.code}`;
    }
  }
}

type Span = { begin: number; end: number };

function reasonsFor(history: FutexHistory, record: FutexRecord, access: FutexAccess, span: Span): Set<string> {
  const { tasks, deaths, revokes } = history;
  const { kind, op, futex, patience } = access;
  const hasDied = (what: string, who?: string): boolean =>
    deaths.some((death) => death.what === what && (who === undefined || death.who === who) && death.from < span.end);
  const has = (isIt: (other: FutexAccess) => boolean): boolean => record.accesses.some(isIt);
  const reasons = new Set<string>();
  if (patience !== undefined) reasons.add(patience);
  if (kind === 'try') reasons.add('EAGAIN');
  if (hasDied('broker', record.broker) || has((other) => other.kind === 'closed' && other.begin < span.end))
    for (const code of CUT_OFF) reasons.add(code);
  if (hasDied('pager')) for (const code of NO_PAGER) reasons.add(code);
  if (has((other) => other.kind === 'unmap' && meet(other.begin, other.end, span)))
    for (const code of UNMAPPED) reasons.add(code);
  if (revokes) reasons.add('EFENCED');
  // A revocation is told once: another call of the task may have been it.
  const wasTold = (other: FutexAccess): boolean =>
    other.futex === futex && other.code === 'EFENCED' && meet(other.begin, other.end, span);
  if (revokes && has(wasTold)) reasons.add('EPERM');
  const isOwn = (other: FutexAccess): boolean =>
    other.op !== op && other.futex === futex && other.gen !== undefined && meet(other.begin, other.unlock?.end, span);
  if (futex !== undefined && has(isOwn)) reasons.add('EDEADLK');
  const isGivenUp = ({ futex: of, ownerDied, consistent, unlock }: FutexAccess): boolean =>
    of === futex && ownerDied === true && consistent !== true && unlock !== undefined && unlock.begin < span.end;
  if (futex !== undefined && tasks.some(({ accesses }) => accesses.some(isGivenUp))) reasons.add('ENOTRECOVERABLE');
  return reasons;
}

function meet(begin: number, end = Infinity, span: Span): boolean {
  return begin < span.end && end > span.begin;
}

const CALLS = ['ESERVERDIED', 'MACH_SEND_INVALID_DEST'];
/** Its broker has gone, or it has left. */
const CUT_OFF = ['EBROKERDIED', 'KERN_INVALID_TASK', 'EFENCED', ...CALLS];
const NO_PAGER = ['KERN_MEMORY_ERROR', 'KERN_INVALID_CAPABILITY', ...CALLS];
const UNMAPPED = ['ERELEASED', 'KERN_INVALID_ADDRESS'];
