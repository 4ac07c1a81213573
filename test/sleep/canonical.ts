import type { Bounds } from './bounds.ts';
import type { Saved } from './whole.ts';

/** Who is called what makes no difference: the same for all that do the same but for the numbers of waiters, and of wakers. */
export function canonical({ waiters: domains, wakers: kinds }: Bounds, saved: Saved): Saved {
  const { waiters, wakers, entries } = saved;
  const looks = waiters.map((waiter, number) => {
    const place = entries.findIndex(({ sleeper }) => sleeper === number);
    return { number, key: `${domains[number]} ${JSON.stringify(waiter)} ${place}` };
  });
  const order = looks.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ number }) => number);
  const isAlike = kinds.every((kind) => JSON.stringify(kind) === JSON.stringify(kinds[0]));
  return {
    ...saved,
    waiters: order.flatMap((number) => waiters[number] ?? []),
    wakers: isAlike ? wakers.toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.posts - b.posts)) : wakers,
    entries: entries.map((entry) => ({ ...entry, sleeper: order.indexOf(entry.sleeper) })),
  };
}
