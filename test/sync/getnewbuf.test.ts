import { describe, expect, it } from 'vitest';
import { Lockmgr } from '../../src/sync/index.ts';
import { BufCache, checkingGetNewBuf, naiveGetNewBuf, T1, T2, Token, TokenLock } from './getnewbuf.ts';

/** lwkt.md §3.8, the race of the post of 2005. The interlock of `b1`'s lock is contested while T1 tries it, and T2 comes in between. */
async function underContention(getNewBuf: typeof naiveGetNewBuf, meanwhile: (cache: BufCache) => Promise<unknown>) {
  const token = new Token();
  const cache = new BufCache(['b1', 'b2', 'b3'], () => new TokenLock(new Lockmgr(), token));
  const contested = await token.get();
  const found = getNewBuf(cache, T1);
  await meanwhile(cache);
  contested[Symbol.dispose]();
  return { cache, ...(await found) };
}

/** T2 is through with it before T1 goes on. */
const writesAndReleases = async (cache: BufCache): Promise<void> => (await cache.write('b1', T2)).lock.release(T2);

/** T2 still has it, and the one after it has been written, too. */
async function writesAndHolds(cache: BufCache): Promise<void> {
  await cache.write('b1', T2);
  (await cache.write('b2', T2)).lock.release(T2);
}

describe('naive: a try-lock that waits for its interlock, and a caller who thinks that it does not', () => {
  it('takes a dirty buffer off a queue that it is not on, and recycles it', async () => {
    const { buf, warnings, cache } = await underContention(naiveGetNewBuf, writesAndReleases);
    expect(buf.identity).toBe('b1');
    expect(warnings).toEqual(['b1 is dirty, and is recycled', 'b1 is taken off FREE, and is not on it']);
    expect(cache.dirty).toContain(buf);
  });

  it('is refused late, and goes on with a next one that is stale', async () => {
    const { buf, warnings } = await underContention(naiveGetNewBuf, writesAndHolds);
    expect(warnings).toEqual([
      'b2, the next, is not on FREE',
      'b2 is dirty, and is recycled',
      'b2 is taken off FREE, and is not on it',
    ]);
    expect(buf.identity).toBe('b2');
  });
});

describe('the first fix alone: a try-lock without a suspension point', () => {
  it.each([
    ['T2 is through with it', writesAndReleases],
    ['T2 still has it', writesAndHolds],
  ])('the naive caller has picked, locked and taken off before anybody else runs: %s', async (_name, meanwhile) => {
    const cache = new BufCache(['b1', 'b2', 'b3'], () => new Lockmgr());
    const [first] = cache.free;
    // T2 is ready to run before T1 begins.
    const other = Promise.resolve().then(() => meanwhile(cache));
    const found = naiveGetNewBuf(cache, T1);
    expect([first?.queue, first?.isDirty]).toEqual([null, false]);
    expect(first?.lock.tryExclusive(T2)).toBe(false);
    const { buf, warnings } = await found;
    expect([buf.identity, warnings]).toEqual(['b1', []]);
    // To T2 it is a buffer that is gone, and not one that is its own.
    await expect(other).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('refuses at once: the next one is what it was', async () => {
    const cache = new BufCache(['b1', 'b2', 'b3'], () => new Lockmgr());
    cache.free[0]?.lock.exclusive(T2);
    const other = Promise.resolve().then(() => cache.write('b3', T2));
    const { buf, warnings } = await naiveGetNewBuf(cache, T1);
    expect([buf.identity, warnings]).toEqual(['b2', []]);
    await other;
  });
});

describe('the second fix alone: to look again under the lock', () => {
  it('finds that it is not on FREE any more, and begins anew', async () => {
    const { buf, warnings, cache } = await underContention(checkingGetNewBuf, writesAndReleases);
    expect([buf.identity, buf.isDirty, warnings]).toEqual(['b2', false, []]);
    expect(cache.dirty.map(({ identity }) => identity)).toEqual(['b1']);
    expect(cache.free.map(({ identity }) => identity)).toEqual(['b3']);
  });

  it('finds that the next one is stale, and begins anew', async () => {
    const { buf, warnings, cache } = await underContention(checkingGetNewBuf, writesAndHolds);
    expect([buf.identity, buf.isDirty, warnings]).toEqual(['b3', false, []]);
    expect(cache.dirty.map(({ identity }) => identity)).toEqual(['b1', 'b2']);
  });

  it('finds that it has become another, and begins anew', async () => {
    const { buf } = await underContention(checkingGetNewBuf, async ({ free: [first] }) => {
      if (first !== undefined) first.identity = 'b9';
    });
    expect(buf.identity).toBe('b9');
  });

  it('leaves to others what they refer to', async () => {
    const { buf } = await underContention(checkingGetNewBuf, async ({ free: [first] }) => {
      if (first !== undefined) first.references += 1;
    });
    expect([buf.identity, buf.references]).toEqual(['b2', 0]);
  });
});
