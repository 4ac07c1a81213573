import { VM_PROT } from '../../../src/wire/index.ts';
import type { FromPager, ObjectId, Page, ToPager } from '../../../src/vm/index.ts';
import { PAGE } from '../harness.ts';

type Session = {
  isOpen: boolean;
  requested: Set<Page>;
  /** By page, the accesses asked for since a lock was set. */
  unlocks: Map<Page, number>;
  completed: Set<number>;
  changed: Set<Page>;
};

/** Looks at all that goes between a kernel and its pagers, and names the rule that is broken. */
export class Monitor {
  readonly #sessions = new Map<ObjectId, Session>();

  /** The kernel hears this now. */
  heard(object: ObjectId, message: FromPager): void {
    const session = this.#session(object);
    if (message.kind === 'memory_object_data_error' || message.kind === 'memory_object_data_unavailable') {
      session.requested.delete(message.offset / PAGE);
    } else if (message.kind === 'memory_object_data_supply') {
      session.requested.delete(message.offset / PAGE);
      session.unlocks.delete(message.offset / PAGE);
    } else if (message.kind === 'memory_object_lock_request') {
      const { offset, length, lock, shouldFlush } = message;
      if (lock === VM_PROT.NO_CHANGE && !shouldFlush) return;
      for (let page = offset / PAGE; page < (offset + length) / PAGE; page += 1) session.unlocks.delete(page);
    }
  }

  changed(object: ObjectId, page: Page): void {
    this.#session(object).changed.add(page);
  }

  sent(object: ObjectId, message: ToPager): void {
    const session = this.#session(object);
    const { kind } = message;
    if (kind === 'memory_object_init' || kind === 'memory_object_create') {
      must(!session.isOpen, 'P15: terminate comes before the next init');
      session.isOpen = true;
      return;
    }
    if (kind === 'memory_object_change_completed') return;
    must(session.isOpen, `§1.1: nothing comes after terminate, before the next init: ${kind}`);
    if (kind === 'memory_object_terminate') this.#sessions.set(object, newSession());
    else if (kind === 'memory_object_data_request') {
      const page = message.offset / PAGE;
      must(!session.requested.has(page), 'P1: a requested page is not requested again');
      session.requested.add(page);
    } else if (kind === 'memory_object_data_unlock') {
      const page = message.offset / PAGE;
      const asked = session.unlocks.get(page) ?? 0;
      must((message.access & ~asked) !== 0, 'P6: an unlock is asked for once');
      session.unlocks.set(page, asked | message.access);
    } else if (kind === 'memory_object_data_return') {
      must(!session.completed.has(message.reqId), 'P11: what a lock_request returns comes before its lock_completed');
      for (let page = message.offset / PAGE; page < (message.offset + message.length) / PAGE; page += 1) {
        must(session.changed.delete(page) || !message.dirty, 'P10: a cleaned page is clean');
        if (!message.kernelCopy) session.unlocks.delete(page);
      }
    } else if (kind === 'memory_object_lock_completed') session.completed.add(message.reqId);
  }

  #session(object: ObjectId): Session {
    const session = this.#sessions.get(object) ?? newSession();
    this.#sessions.set(object, session);
    return session;
  }
}

function newSession(): Session {
  return { isOpen: false, requested: new Set(), unlocks: new Map(), completed: new Set(), changed: new Set() };
}

function must(holds: boolean, rule: string): void {
  if (!holds) throw new Error(rule);
}
