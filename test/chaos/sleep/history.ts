import type { History, Logged, TaskRecord } from '../memory/history.ts';

/** What a task does with shared idents, as it saw it (fixtures/sleep-task.js). Times are nanoseconds of the machine's one clock. */
export type SleepAccess = Logged & {
  kind: 'map' | 'closed' | 'quiet' | 'check' | 'sleep' | 'wake';
  /** Of `sleep` and `wake`: which of those that all tasks of a broker share, and in which domain. */
  ident?: number;
  domain?: number;
  /** When it was told that it misses no wakeup any more. */
  prepared?: number;
  /** It goes on by itself after a while. */
  patience?: boolean;
  /** Without it, it did not sleep in the end. */
  result?: 0 | 'EWOULDBLOCK' | 'EINTR';
  one?: boolean;
  /** Whether the broker had to be told. */
  sent?: boolean;
  /** Of `check`: idents on which somebody seems to sleep. */
  left?: readonly number[];
};

export type SleepRecord = TaskRecord<SleepAccess>;
export type SleepHistory = History<SleepAccess>;

/** A sleep or a wakeup, and whose it is. */
export type Deed = SleepAccess & { by: string; broker: string; killed: boolean };

type Group = { broker: string; sleeps: Deed[]; wakes: Deed[] };

/** Those of one kind that belong together: on one ident of one broker, in one domain. */
export function groupsOf(tasks: readonly SleepRecord[]): Group[] {
  const groups = new Map<string, Group>();
  for (const { task, broker, killed, accesses } of tasks) {
    for (const access of accesses) {
      const { kind, op, ident, domain } = access;
      if (kind !== 'sleep' && kind !== 'wake') continue;
      const name = `${broker}: ${ident} in ${domain}`;
      const group = groups.get(name) ?? { broker, sleeps: [], wakes: [] };
      groups.set(name, group);
      const deed = { ...access, by: `task ${task} on ${name}, ${kind} ${op}`, broker, killed };
      group[kind === 'sleep' ? 'sleeps' : 'wakes'].push(deed);
    }
  }
  return [...groups.values()];
}
