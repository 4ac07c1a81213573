import type { Handled } from '../errors.ts';
import { leadsTo } from './cycle.ts';
import type { Message, OnceEntry, Port, PortEntry, Right, SendOnce, Space } from './records.ts';

/** User references of a send right; one less than a dead name can have, so that death can add one (mach.md §1). */
const MAX_SEND_UREFS = 65_534;
const MAX_DEAD_UREFS = 65_535;

/** Of a message, header included: room for a code, a number, a right or two. */
const SMALL_REPLY_BYTES = 1024;

export type Rules = typeof RULES;

/** The small decisions of mach.md, each in one place. */
export const RULES = {
  /** Asked each time a send right ceases to exist: no entry and no message has one any more (§2, §10). */
  firesNoSenders: (port: Port): boolean => port.srights === 0,

  /** Messages to send-once rights pass a full queue, or replies could be stuck behind requests (§9). */
  queueIsFull: (port: Port, dest: Message['dest']): boolean => dest.kind === 'send' && msgcount(port) >= port.qlimit,

  /** Asked after each dequeue and change of the limit, until no place is left (§9). */
  admitsBlocked: (port: Port): boolean => msgcount(port) < port.qlimit,

  /** A second right for a port joins the name that the task already has; a send-once right never does (§1). */
  coalesces: (kind: Right['kind']): boolean => kind === 'send' || kind === 'receive',

  /** A receive right must not wait, over any number of queues, behind itself: nobody could ever receive it (§12). */
  closesCycle: (destination: Port, moved: Port): boolean => leadsTo(destination, moved),

  /** A receive right that is moved starts these from 0; queue, limit and requests travel (§2). */
  resetsOnMove: ['mscount', 'seqno'] as readonly ('mscount' | 'seqno')[],

  /** A port goes to its backup instead of dying, if that lives and does not itself wait in the port's queue (§10). */
  survives: (port: Port, backup: SendOnce): boolean => backup.port.owner.kind !== 'dead' && !leadsTo(backup.port, port),

  /** Each message that is received, and a higher limit, lets all armed send-possible requests of the port fire (§10). */
  firesSendPossible: (_port: Port): boolean => true,

  /** What a send-possible request waits for: a send-once right never meets a full queue (§10). */
  isPossible: (entry: PortEntry | OnceEntry): boolean =>
    entry.kind === 'once' || entry.port.owner.kind === 'kernel' || msgcount(entry.port) < entry.port.qlimit,

  /** Calls are counted by the task that makes them, whatever reply port it uses. */
  exceedsPendingCalls: (space: Space, more: number, limit: number): boolean =>
    more > 0 && space.pendingCalls + more > limit,

  /** A registered dead-name request leaves one more reference on the dead name, for its notification (§10). */
  deathAddsReference: (entry: PortEntry | OnceEntry): boolean => entry.request !== null,

  /** Only a right that died in a message, and was never in anybody's hands before, proves that nobody acted on it. */
  handled: (once: SendOnce, died: 'in a message' | 'in hand'): Handled =>
    died === 'in a message' && once.deliveries === 0 ? 'no' : 'maybe',

  /** A message is charged to its sender only if it waits at the mercy of the limit: replies and notices never are (§9). */
  isCharged: (dest: Message['dest']): boolean => dest.kind === 'send',

  /** Who makes a send-once right is charged for what comes on it, and loses what is too much; a small reply always gets through. */
  isTooMuch: ({ dest, bytes }: Message, limit: number): boolean =>
    dest.kind === 'once' && bytes > SMALL_REPLY_BYTES && dest.once.maker.replyBytes > limit,

  maxSendUrefs: MAX_SEND_UREFS,
  maxDeadUrefs: MAX_DEAD_UREFS,
};

/** Messages that count against the limit: queued, and delivered but not yet taken. */
export function msgcount(port: Port): number {
  return port.queue.size + port.delivered.size;
}
