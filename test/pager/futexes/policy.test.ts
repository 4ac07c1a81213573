import { definePager, type PagerEnv, servePager } from 'easync/pager';
import { expect, test } from 'vitest';
import { rejection } from '../../support/rejection.ts';
import { testSystem } from '../../support/system.ts';

test('how futexes are lent is checked as the object is added; who holds none has none', async () => {
  await using system = await testSystem();
  const { sys } = system;
  let env: PagerEnv | undefined;
  const pager = await servePager(
    definePager((given) => {
      env = given;
      return {};
    }),
    [sys],
    { name: 'library' },
  );
  const store = { size: 4096, read: () => null };
  for (const budgetMs of [0, -1, 0.5, 2 ** 31, Number.NaN]) {
    const error = await rejection(env?.object('book', { ...store, futexes: { budgetMs } }));
    expect(error['code']).toBe('EINVAL');
    expect(error.message).toContain('futexes.budgetMs');
  }
  const book = await env?.object('book', { ...store, futexes: { budgetMs: 2 ** 31 - 1, recallAtOnce: true } });
  expect(book?.holdsFutex(0, 1n)).toBe(false);
  await pager.end();
});
