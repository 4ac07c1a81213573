import { describe, expect, test } from 'vitest';
import { DISP, HANDLERS, NO_MEMORY, RULES } from '../../src/kernel/index.ts';
import { Mismatch } from './model/compare.ts';
import { runModel } from './model/run.ts';
import type { Replaced } from './model/run.ts';

/** Each is one changed rule or handler of the shipped kernel; the name is the invariant that it breaks. */
const FAULTS: Readonly<Record<string, Replaced>> = {
  'no-senders fires when the last send right is gone, not before (§2, §10)': {
    rules: { firesNoSenders: (port) => port.srights <= 1 },
  },
  'msgcount never exceeds qlimit by an ordinary send (§9)': {
    rules: { queueIsFull: (port, dest) => dest.kind === 'send' && port.queue.size + port.delivered.size > port.qlimit },
  },
  'a reply is never held up by a full queue (§9)': {
    rules: { queueIsFull: (port) => port.queue.size + port.delivered.size >= port.qlimit },
  },
  'a delivered message counts as queued until it is taken (DESIGN 5.3)': {
    rules: { queueIsFull: (port, dest) => dest.kind === 'send' && port.queue.size >= port.qlimit },
  },
  'a dequeue lets a blocked send in (§9)': {
    rules: { admitsBlocked: () => false },
  },
  'send rights for one port share one name (§1)': {
    rules: { coalesces: () => false },
  },
  'a requested dead-name leaves one more reference (§10)': {
    rules: { deathAddsReference: () => false },
  },
  'only a request nobody has seen is reported as not handled': {
    rules: { handled: (_once, died) => (died === 'in a message' ? 'no' : 'maybe') },
  },
  'replies are not charged to the replier (§9)': {
    rules: { isCharged: () => true },
  },
  'a send right has at most 65534 references (§1)': {
    rules: { maxSendUrefs: RULES.maxDeadUrefs },
  },
  'deallocate drops one reference, not the name (§3)': {
    handlers: {
      port_deallocate: (state, space, { name }, caller) =>
        HANDLERS.port_destroy(state, space, { op: 'port_destroy', name }, caller),
    },
  },
  'rename checks the new name before the old (§3)': {
    handlers: {
      port_rename: (state, space, trap, caller) =>
        space.entries.has(trap.old) ? HANDLERS.port_rename(state, space, trap, caller) : { code: 'KERN_INVALID_NAME' },
    },
  },
  'out-of-line memory keeps its place among the rights (§6)': {
    handlers: {
      send: (state, space, trap, caller) => {
        const rights = trap.message.rights.toSorted(
          (a, b) => Number(b.disp === DISP.MEMORY) - Number(a.disp === DISP.MEMORY),
        );
        return HANDLERS.send(state, space, { ...trap, message: { ...trap.message, rights } }, caller);
      },
    },
  },
  'memory that is not there destroys the message, with what was before it (§7)': {
    handlers: {
      send: (state, space, trap, caller) =>
        trap.message.rights.some(({ disp, name }) => disp === DISP.MEMORY && name === NO_MEMORY)
          ? { code: 'MACH_SEND_INVALID_MEMORY' }
          : HANDLERS.send(state, space, trap, caller),
    },
  },
  'the port-deleted that a sender does not want is not sent (§7)': {
    handlers: {
      send: (state, space, trap, caller) =>
        HANDLERS.send(state, space, { ...trap, cancel: receivesFrom(space, trap.cancel) ? 0 : trap.cancel }, caller),
    },
  },
  'a reply right is watched from its first moment on, if asked (§8)': {
    handlers: {
      receive: (state, space, trap, caller) =>
        HANDLERS.receive(state, space, { ...trap, notify: receivesFrom(space, trap.notify) ? 0 : trap.notify }, caller),
    },
  },
  'a right that is given to a call on another task is the caller’s (§3)': {
    handlers: {
      port_request_notification: (state, space, trap) => HANDLERS.port_request_notification(state, space, trap, space),
    },
  },
  'what a task serves is not destroyed by another (DESIGN 5.3)': {
    handlers: { port_destroy: (state, space, trap) => HANDLERS.port_destroy(state, space, trap, space) },
  },
  'a receive right must not wait behind itself (§12)': {
    rules: { closesCycle: () => false },
  },
  'a port with a live backup does not die (§10)': {
    rules: { survives: () => false },
  },
  'a receive right that moves starts counting from 0 (§2)': {
    rules: { resetsOnMove: [] },
  },
  'send-possible fires when a message is received (§10)': {
    rules: { firesSendPossible: () => false },
  },
  'send-possible does not fire at once while the queue is full (§10)': {
    rules: { isPossible: () => true },
  },
  'calls are counted by task, not by reply port': {
    rules: { exceedsPendingCalls: () => false },
  },
  'a port is in one set at most, and leaves the old for the new (§13)': {
    handlers: {
      port_move_member: (state, space, trap, caller) => {
        const entry = space.entries.get(trap.member);
        const inOne = entry?.kind === 'port' && entry.port.set !== null && trap.set !== 0;
        return inOne ? { code: 0 } : HANDLERS.port_move_member(state, space, trap, caller);
      },
    },
  },
  'a port put into a set tells those that wait on it (§8)': {
    handlers: {
      port_move_member: (state, space, trap, caller) => {
        const entry = space.entries.get(trap.member);
        const waited = entry?.kind === 'port' && entry.port.waiting.size > 0 && trap.set !== 0;
        return waited ? { code: 0 } : HANDLERS.port_move_member(state, space, trap, caller);
      },
    },
  },
  'a set hands out what arrived first (§13)': {
    handlers: {
      receive: (state, space, trap, caller) => {
        const entry = space.entries.get(trap.name);
        if (entry?.kind === 'set') {
          const first = entry.arrivals.shift();
          if (first !== undefined) first.arrival = entry.arrivals.push(first);
        }
        return HANDLERS.receive(state, space, trap, caller);
      },
    },
  },
  'destroy drops a set like any other name (§3)': {
    handlers: {
      port_destroy: (state, space, trap, caller) =>
        space.entries.get(trap.name)?.kind === 'set' ? { code: 0 } : HANDLERS.port_destroy(state, space, trap, caller),
    },
  },
  'a set cannot be deallocated (§3)': {
    handlers: {
      port_deallocate: (state, space, trap, caller) =>
        space.entries.get(trap.name)?.kind === 'set'
          ? HANDLERS.port_destroy(state, space, { op: 'port_destroy', name: trap.name }, caller)
          : HANDLERS.port_deallocate(state, space, trap, caller),
    },
  },
  'what was not taken goes back to the head of the queue (DESIGN 5.3)': {
    handlers: {
      drained: (state, space, trap, caller) => {
        const entry = space.entries.get(trap.name);
        const all = entry?.kind === 'port' ? entry.port.delivered.size : 0;
        return HANDLERS.drained(state, space, { ...trap, taken: Math.max(all, trap.taken) }, caller);
      },
    },
  },
};

function receivesFrom(space: Parameters<(typeof HANDLERS)['send']>[1], name: number): boolean {
  const entry = space.entries.get(name);
  return entry?.kind === 'port' && entry.receive;
}

describe('the model notices a broken kernel', () => {
  test.each(Object.entries(FAULTS))('%s', (_invariant, replaced) => {
    expect(() => runModel(1, 50_000, replaced)).toThrow(
      expect.objectContaining({ message: expect.stringContaining('EASYNC_SEED='), cause: expect.any(Mismatch) }),
    );
  });
});
