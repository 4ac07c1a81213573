/** The pager of what is counted in, for all brokers: a process of its own. */
import { subscribe } from 'node:diagnostics_channel';

import { boot } from 'easync';
import { definePager, servePager } from 'easync/pager';

import { OBJECT_BYTES } from './counter.ts';

/** `recallAtOnce`: brokers keep nothing, which is Part II alone. */
export type Serves = { brokers: string[]; object: string; recallAtOnce: boolean };

/** XP messages until now: about locks, and about anything else. */
export type Messages = { locks: number; others: number };
export type FromPager = 'ready' | Messages;

// The tour has gone.
process.once('disconnect', () => process.exit());
const { brokers, object, recallAtOnce } = JSON.parse(process.argv[2] ?? '') as Serves;
const messages: Messages = { locks: 0, others: 0 };
subscribe('easync:xp', (event) => {
  const { message } = event as { message?: { kind: string } };
  if (LOCKS.has(message?.kind ?? '')) messages.locks += 1;
  else messages.others += 1;
});
const bytes = new Uint8Array(OBJECT_BYTES);
const pager = definePager(() => ({
  objects: {
    [object]: {
      size: OBJECT_BYTES,
      read: (offset, length) => bytes.slice(offset, offset + length),
      write: (offset, from) => bytes.set(from, offset),
      futexes: { recallAtOnce },
    },
  },
}));
const [first, ...others] = await Promise.all(brokers.map((broker) => boot({ broker, label: 'pager' })));
if (first === undefined) throw new Error('there is no broker');
await servePager(pager, [first, ...others], { name: `pager of ${object}` });
process.on('message', () => say(messages));
say('ready');

function say(what: FromPager): void {
  process.send?.(what);
}

const LOCKS: ReadonlySet<string> = new Set(
  [
    'lock_futex',
    'cancel_futex',
    'relinquish_futex',
    'futex_granted',
    'futex_failed',
    'futex_released',
    'futex_fenced',
  ].map((kind) => `memory_object_${kind}`),
);
