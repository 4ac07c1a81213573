import type { FromKernel, ToKernel } from '../../src/pager/state.ts';
import type { Bounds } from './bounds.ts';
import { Interned } from './interned.ts';

/** The version of a page's contents; `NOTHING`: the page is not there. The first writes make 1, 2, … of each page. */
export type Version = number;
export const NOTHING = -1;

/** What the host of a kernel has for a page, and what it saw go by of it. */
export type HostPage = {
  memory: Version;
  /** The access word: what tasks may do without asking. */
  word: number;
  /** The access that a task is in the middle of. */
  pin: number;
  /** Some task has written since it was asked the last time. */
  dirty: boolean;
  /** The kernel waits to hear that the word is obeyed. */
  revoking: boolean;
  /** A `data_request` has not been answered. */
  asked: boolean;
  /** What `data_unlock`s have asked for since a lock was set. */
  unlockAsked: number;
  /** The last version that this kernel has returned. */
  returned: Version;
};

export type Host = {
  alive: boolean;
  /** The machine's number for the object. */
  object: number;
  mapped: boolean;
  /** How often it has said `init`, and whether `terminate` has not followed yet. */
  life: number;
  introduced: boolean;
  ready: boolean;
  /** It has been told of a page that could not be read. */
  failed: boolean;
  /** The pager does not take what goes back to it, for now. */
  congested: boolean;
  /** It knows that the pager is dead. */
  cutOff: boolean;
  pages: HostPage[];
  /** Accesses that wait, by the number of their call. */
  calls: ({ page: number; write: boolean } | null)[];
};

/** What is in a channel. `life`: of the kernel's, so that what comes too late for a control port is known. */
export type Item = { life: number; message: FromKernel | ToKernel | null };

export type Store = {
  /** `NOTHING`: has never been written. */
  versions: Version[];
  reads: { id: number; first: number; early: Version[] }[];
  writes: { id: number; first: number; data: Version[] }[];
  flushes: number[];
};

/** What is true of the whole, and how much may happen yet. */
export type Book = {
  /** The last write of each page that was not lost with its kernel. */
  latest: Version[];
  /** The newest that a kernel has returned. */
  returned: Version[];
  /** Of the pager's own work: what must be stored when it is done. */
  jobs: { id: number; kind: string; due: Version[] }[];
  left: Budget;
};

/** How often each may happen, in all. */
export type Budget = {
  reads: number;
  writes: number;
  /** Of them: those that other things may happen in the middle of. */
  pins: number;
  evictions: number;
  congestions: number;
  unmaps: number;
  kernelDeaths: number;
  pagerDeaths: number;
  syncs: number;
  flushes: number;
  changes: number;
  readErrors: number;
  writeErrors: number;
};

export class Parts {
  readonly hosts = new Interned<Host>();
  readonly items = new Interned<Item>();
  /** Numbers of items, the first to arrive in front. */
  readonly channels = new Interned<readonly number[]>();
  readonly stores = new Interned<Store>();
  readonly books = new Interned<Book>();
  readonly bounds: Bounds;

  constructor(bounds: Bounds) {
    this.bounds = bounds;
  }

  newHost(pages: number, calls: number): number {
    const host: Host = {
      alive: true,
      object: 0,
      mapped: false,
      life: 0,
      introduced: false,
      ready: false,
      failed: false,
      congested: false,
      cutOff: false,
      pages: Array.from({ length: pages }, newPage),
      calls: Array.from({ length: calls }, () => null),
    };
    return this.hosts.add(host, hostKey(host));
  }

  addBook(book: Book): number {
    return this.books.add(book, bookKey(book));
  }
}

export function newPage(): HostPage {
  return {
    memory: NOTHING,
    word: 0,
    pin: 0,
    dirty: false,
    revoking: false,
    asked: false,
    unlockAsked: 0,
    returned: NOTHING,
  };
}

/** The same for equal ones: `JSON.stringify` takes its time, and these change with almost every step. */
export function hostKey(host: Host): string {
  const { alive, object, mapped, life, introduced, ready, failed, congested, cutOff } = host;
  let key = `${alive} ${object} ${mapped} ${life} ${introduced} ${ready} ${failed} ${congested} ${cutOff}`;
  for (const page of host.pages) {
    key += `|${page.memory} ${page.word} ${page.pin} ${page.dirty} ${page.revoking}`;
    key += ` ${page.asked} ${page.unlockAsked} ${page.returned}`;
  }
  for (const call of host.calls) key += call === null ? '|' : `|${call.page} ${call.write}`;
  return key;
}

function bookKey({ latest, returned, jobs, left }: Book): string {
  let key = `${latest.join()} ${returned.join()} ${Object.values(left).join()}`;
  for (const { id, kind, due } of jobs) key += `|${id} ${kind} ${due.join()}`;
  return key;
}
