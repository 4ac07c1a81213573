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
      const isExplained =
        (brokerDied < end && OF_A_BROKER.has(code)) ||
        (pagerDied && OF_A_PAGER[kind]?.has(code) === true) ||
        (code === 'KERN_ABORTED' && (kind === 'read' || kind === 'write'));
      if (!isExplained) yield `${said(record, access)}: nothing explains ${code}`;
    }
  }
}

function said({ task, broker }: TaskRecord, { kind, op, life }: Access): string {
  return `task ${task} on ${broker}, ${kind} ${op} with pager ${life ?? 'unknown'}`;
}

const OF_A_BROKER = new Set(['EBROKERDIED', 'KERN_INVALID_TASK']);

const CALLS = new Set(['ESERVERDIED', 'MACH_SEND_INVALID_DEST']);
const OF_A_PAGER: Partial<Record<Access['kind'], ReadonlySet<string>>> = {
  map: new Set([...CALLS, 'KERN_INVALID_CAPABILITY']),
  sync: CALLS,
  read: new Set(['KERN_MEMORY_ERROR']),
  write: new Set(['KERN_MEMORY_ERROR']),
};
