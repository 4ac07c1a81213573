import type { Access, History, TaskRecord } from './history.ts';

/** Every access has ended, with what something explains. */
export function* faultsOfCodes({ tasks, deaths }: History): Generator<string> {
  for (const record of tasks) {
    const brokerDied = deaths.find(({ what, who }) => what === 'broker' && who === record.broker)?.from ?? Infinity;
    let closed = Infinity;
    for (const access of record.accesses) {
      const { kind, code, begin, end, life } = access;
      if (kind === 'closed') closed = begin;
      if (end === undefined) {
        if (!record.killed) yield `${said(record, access)}: it never ended`;
        continue;
      }
      const pagerDied = deaths.some(
        ({ what, who, from }) => what === 'pager' && from < end && (life === undefined || who === life),
      );
      if (code === 0 && begin > closed) yield `${said(record, access)}: nothing works without a broker`;
      if (code === 0 || code === undefined) continue;
      const reasons = [BY_CALLER, ...(brokerDied < end ? [BY_BROKER] : []), ...(pagerDied ? [BY_PAGER] : [])];
      const isExplained = reasons.some((reason) => reason[kind]?.has(code) === true);
      if (!isExplained) yield `${said(record, access)}: nothing explains ${code}`;
    }
  }
}

function said({ task, broker }: TaskRecord, { kind, op, life }: Access): string {
  return `task ${task} on ${broker}, ${kind} ${op} with pager ${life ?? 'unknown'}`;
}

const CALLS = ['ESERVERDIED', 'MACH_SEND_INVALID_DEST'];
type Explained = Partial<Record<Access['kind'], ReadonlySet<string>>>;

/** Its rights are dead names, once the task knows. */
const OF_A_BROKER = ['EBROKERDIED', 'KERN_INVALID_TASK'];
const BY_BROKER: Explained = {
  map: new Set([...OF_A_BROKER, ...CALLS]),
  sync: new Set([...OF_A_BROKER, ...CALLS]),
  unmap: new Set(OF_A_BROKER),
  read: new Set(OF_A_BROKER),
  write: new Set(OF_A_BROKER),
};

const BY_PAGER: Explained = {
  map: new Set([...CALLS, 'KERN_INVALID_CAPABILITY']),
  sync: new Set(CALLS),
  read: new Set(['KERN_MEMORY_ERROR']),
  write: new Set(['KERN_MEMORY_ERROR']),
};

/** Who gave up waiting. */
const BY_CALLER: Explained = { read: new Set(['KERN_ABORTED']), write: new Set(['KERN_ABORTED']) };
