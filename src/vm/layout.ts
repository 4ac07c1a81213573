/**
 * How the memory of an object is laid out in its nameless file: slots, futexes, page table, pages. Broker and tasks share it.
 *
 * A task that wants to read or write a page publishes it in its slot, looks at the page's access word once more, copies, and clears
 * the slot. A broker that takes an access away writes the word first and then looks at the slots: of two that meet, one sees the
 * other (DESIGN 5.6).
 */
export const SLOTS = 8192;
const SLOT_BYTES = 8;
const ENTRY_BYTES = 8;
/** Futexes of one object that have a word (`lock/word.ts`); those beyond are had by messages. */
export const FUTEXES = 4096;
const FUTEX_BYTES = 16;
const FUTEXES_AT = SLOTS * SLOT_BYTES;
const TABLE_AT = FUTEXES_AT + FUTEXES * FUTEX_BYTES;

/** Where a slot's page is published: the page plus one, or 0. Only the slot's task writes it. */
export function pinAt(slot: number): number {
  return slot * SLOT_BYTES;
}

/** Where the broker counts what has changed in the slot's task's mappings of the object. */
export function versionAt(slot: number): number {
  return slot * SLOT_BYTES + 4;
}

/** Where a futex's word is; behind it what whoever has it may want to know, and count. */
export function futexAt(index: number): number {
  return FUTEXES_AT + index * FUTEX_BYTES;
}

/** The generation by which the broker has it, in two words, the lower first. It stands as long as somebody owns the word. */
export const FUTEX_GEN = 4;
/** How often a task took it without a message: its owner counts. */
export const FUTEX_USES = 12;

/** The page's access word: bits of `VM_PROT`. Only the broker writes it. */
export function accessAt(page: number): number {
  return TABLE_AT + page * ENTRY_BYTES;
}

/** Not 0: a task has written to the page. A task that writes sets it while its pin is out; the broker clears it when nobody can write. */
export function dirtyAt(page: number): number {
  return TABLE_AT + page * ENTRY_BYTES + 4;
}

/** Where the pages begin: on a boundary of any page size that is a power of two up to 64 KiB. */
export function pagesAt(objectBytes: number, pageBytes: number): number {
  const end = accessAt(Math.ceil(objectBytes / pageBytes));
  return Math.ceil(end / BOUNDARY) * BOUNDARY;
}

const BOUNDARY = 64 * 1024;
