import type { ErrorCode } from '../errors.ts';
import type { SendRight } from '../task/index.ts';
import type { FutexInfo, RegionInfo, VmSnapshot } from '../vm/types.ts';
import { defineSubsystem, routine } from './subsystem.ts';

/** What the broker does for those who hold its host right: tasks that attached by socket, or started the broker. */
export const HostPort = defineSubsystem('host', {
  /** Starts a task process. `parent` is the one right it is born with, and the owner whose death ends it. */
  spawn: routine<
    { module: string; name: string; cwd: string; execArgv: string[]; parent: SendRight },
    { pid: number }
  >(),
  /** Loads a driver into the broker itself. Small and trusted code only: it can block or crash everything. */
  load: routine<{ parent: SendRight }, { pid: number }>(),
  ps: routine<void, BrokerStatus>(),
  ports: routine<{ task?: number }, PortStatus[]>(),
  dead: routine<void, DeadTask[]>(),
  /** Memory objects, their pagers, and who maps them. */
  vm: routine<void, VmStatus>(),
  /** The default pager: what backs memory that no pager was named for (vm_set_default_memory_manager). Its death ends that. */
  setDefaultPager: routine<{ port: SendRight }>(),
});

export type BrokerStatus = {
  pid: number;
  incarnation: string;
  /** Its socket, or null for a private broker. */
  socket: string | null;
  /** What keeps strangers out, and whether it could be checked. */
  access: { directory: 'checked 0700' | 'none'; peerCredentials: 'checked' | 'not available' };
  tasks: {
    task: number;
    label: string;
    pid: number;
    threadId: number;
    names: number;
    ports: number;
    queuedBytes: number;
    /** Its sleepers on ports and words of memory (`easync/sync`). */
    sleepers: number;
  }[];
  /** How many tasks `dead` would tell of. */
  dead: number;
};

/** A task that has ended otherwise than in good order, or a peer that was refused before it was one. */
export type DeadTask = {
  /** When, in milliseconds since the epoch. */
  at: number;
  /** 0: it never was a task. */
  task: number;
  pid: number;
  threadId: number;
  label: string;
  /** With which code the broker cut it off; null if it just ended. */
  code: ErrorCode | null;
  reason: string;
};

export type PortStatus = {
  task: number;
  label: string;
  name: number;
  rights: string[];
  refs: number;
  /** The kernel's number of the port; null for a dead name. */
  port: number | null;
  /** The task that receives from it. */
  receiver: number | null;
  senders: number[];
  queued: number;
  qlimit: number;
  /** Milliseconds the oldest queued message has waited; null if none does. */
  oldestMs: number | null;
};

/** What the broker's machine tells of its memory, with the tasks behind it. */
export type VmStatus = Pick<VmSnapshot, 'resident' | 'most'> & {
  pageBytes: number;
  /** `pager`: the task that its pager is; null: none. */
  objects: (VmSnapshot['objects'][number] & { pager: number | null; pagerLabel: string })[];
  futexes: (FutexInfo & { ownerLabel: string })[];
  /** Protections are bits: 1 read, 2 write, 4 execute. */
  regions: (RegionInfo & { task: number; label: string })[];
};
