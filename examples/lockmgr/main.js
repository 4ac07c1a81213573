// A table that many read and few write, and each step of either may wait for something: readers share the lock, a writer is alone.
import { setImmediate as disk } from 'node:timers/promises';
import { Lockmgr, Owner } from 'easync/sync';

const lock = new Lockmgr({ name: 'accounts' });
const accounts = new Map([
  ['ann', 60],
  ['bob', 40],
]);

const totals = Promise.all(Array.from({ length: 8 }, (_, i) => total(new Owner(`reader ${i}`))));
const audit = new Owner('audit');
console.log(`${lock.inspect().shared.length} of them read it; audit can have it at once: ${lock.tryExclusive(audit)}`);
const moved = move(new Owner('teller'), 'ann', 'bob', 25);
console.log(
  `waits: ${lock
    .inspect()
    .waiting.map(({ owner }) => owner)
    .join(', ')}`,
);
const late = total(new Owner('late reader'));
await moved;
console.log(`totals: ${[...(await totals), await late].join(' ')}`);

const two = [new Owner('one'), new Owner('other')];
console.log(`carl: ${(await Promise.all(two.map((owner) => find(owner, 'carl')))).join(', ')}`);
console.log(`at last: ${[...accounts].map((row) => row.join(' ')).join(', ')}; in use: ${lock.isInUse}`);

/** Sees no half of a transfer, though it waits at every row. */
async function total(owner) {
  const hold = await lock.shared(owner);
  let sum = 0;
  for (const [, amount] of accounts) {
    sum += amount;
    await disk();
  }
  hold.release();
  return sum;
}

async function move(owner, from, to, amount) {
  const hold = await lock.exclusive(owner);
  accounts.set(from, accounts.get(from) - amount);
  await disk();
  accounts.set(to, accounts.get(to) + amount);
  hold.release();
}

/** Mostly the row is there, and to share is enough. */
async function find(owner, name) {
  const hold = await lock.shared(owner);
  await disk();
  const wasThere = accounts.has(name);
  if (!wasThere) await lock.upgrade(owner);
  // Somebody else may have written while it waited for the upgrade: what was read before counts no more.
  const isThere = accounts.has(name);
  if (!isThere) accounts.set(name, 0);
  hold.release();
  return wasThere ? 'there' : isThere ? 'made by somebody else meanwhile' : 'made';
}
