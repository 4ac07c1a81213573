import type { Host } from '../../host/host.ts';
import type { Limits } from '../../limits.ts';
import { createNamelessFile } from '../../os/nameless-file.ts';
import { accessAt, dirtyAt, futexAt, FUTEXES, pagesAt, pinAt, SLOTS, versionAt } from '../../vm/layout.ts';
import type { Access, Page, TaskId } from '../../vm/types.ts';
import { FutexWords } from './futex-words.ts';
import { PageTable } from './page-table.ts';

type Slot = { slot: number; isLeft: () => boolean };

/** The memory of one object: its pages, what tasks may do with each, and who is in the middle of an access. */
export class ObjectMemory implements Disposable {
  readonly #host: Host;
  readonly #pageBytes: number;
  readonly #file;
  readonly #table;
  readonly #pages;
  /** Null where the memory is not mapped: compare-exchange takes an address. */
  readonly futexes: FutexWords | null;
  /** Where in the file its pages begin. */
  readonly pagesAt: number;
  /** Of every task that has found the memory, as long as it lives: a slot that were given to another could still be written by the first. */
  readonly #slots = new Map<TaskId, Slot>();
  #free: number[] = [];
  #nextSlot = 0;
  #isClosed = false;

  constructor(host: Host, { objectBytes, pageBytes }: Pick<Limits, 'objectBytes' | 'pageBytes'>) {
    this.#host = host;
    this.#pageBytes = pageBytes;
    this.pagesAt = pagesAt(objectBytes, pageBytes);
    this.#file = createNamelessFile(this.pagesAt + objectBytes);
    this.#table = new PageTable(this.#file, this.pagesAt);
    this.#pages = this.#file.window(this.pagesAt, objectBytes);
    const { words } = this.#file.window(futexAt(0), futexAt(FUTEXES) - futexAt(0));
    this.futexes = words === null ? null : new FutexWords(words);
  }

  get fd(): number {
    return this.#file.fd;
  }

  /** The task's slot, from now on. Undefined: all are taken. */
  slotOf(task: TaskId): number | undefined {
    const known = this.#slots.get(task);
    if (known !== undefined) return known.slot;
    const slot = this.#free.pop() ?? (this.#nextSlot < SLOTS ? this.#nextSlot++ : undefined);
    if (slot === undefined) return undefined;
    this.#slots.set(task, { slot, isLeft: () => false });
    return slot;
  }

  versionOf(slot: number): number {
    return this.#table.load(versionAt(slot));
  }

  /** The task's mappings of the object have changed: it asks again before its next access. */
  mappingsChanged(task: TaskId): void {
    const known = this.#slots.get(task);
    if (known === undefined) return;
    const at = versionAt(known.slot);
    this.#table.store(at, (this.#table.load(at) + 1) >>> 0);
  }

  /** The task's link has ended. `isGone`: whether its process has, so that no access of it can go on. */
  taskEnded(task: TaskId, isGone: () => boolean): void {
    this.mappingsChanged(task);
    const known = this.#slots.get(task);
    if (known !== undefined) known.isLeft = isGone;
    this.#sweep();
  }

  install(page: Page, data: Uint8Array | null): void {
    this.#pages.write(page * this.#pageBytes, data ?? new Uint8Array(this.#pageBytes));
  }

  page(page: Page): Uint8Array {
    const bytes = new Uint8Array(this.#pageBytes);
    this.#pages.read(page * this.#pageBytes, bytes);
    return bytes;
  }

  read(at: number, target: Uint8Array): void {
    this.#pages.read(at, target);
  }

  write(at: number, source: Uint8Array): void {
    this.#pages.write(at, source);
  }

  discard(page: Page): void {
    this.#file.discard(this.pagesAt + page * this.#pageBytes, this.#pageBytes);
  }

  allow(page: Page, access: Access): void {
    this.#table.store(accessAt(page), access);
  }

  /** Answers, perhaps at once, when no access that began before goes on; `dirty`: whether the page was written to. */
  revoke(page: Page, access: Access, done: (dirty: boolean) => void): void {
    this.#table.store(accessAt(page), access);
    this.#whenUnpinned(page, 0, () => {
      const at = dirtyAt(page);
      const dirty = this.#table.load(at) !== 0;
      if (dirty) this.#table.store(at, 0);
      done(dirty);
    });
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#file[Symbol.dispose]();
  }

  /** A copy takes microseconds: the first looks come soon, and those after them wait for a task that is stopped. */
  #whenUnpinned(page: Page, looks: number, fn: () => void): void {
    if (this.#isClosed) return;
    if (!this.#isPinned(page)) return fn();
    const look = (): void => this.#whenUnpinned(page, looks + 1, fn);
    if (looks < SOON) this.#host.immediate(look);
    else this.#host.timer(LOOK_AGAIN_MS, look, { unref: true });
  }

  #isPinned(page: Page): boolean {
    this.#sweep();
    for (const { slot } of this.#slots.values()) if (this.#table.load(pinAt(slot)) === page + 1) return true;
    return false;
  }

  /** Of tasks that have gone: a pin that one left behind holds nothing any more. */
  #sweep(): void {
    for (const [task, { slot, isLeft }] of this.#slots) {
      if (!isLeft()) continue;
      this.#table.store(pinAt(slot), 0);
      this.#slots.delete(task);
      this.#free.push(slot);
    }
  }
}

const SOON = 50;
const LOOK_AGAIN_MS = 1;
