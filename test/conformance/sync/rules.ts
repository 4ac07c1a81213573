import { describe, test } from 'vitest';

type Rule<S> = (name: string, body: (stage: S) => Promise<void>) => void;

/** The rules of one section of lwkt.md, one test each. */
export type Section<S> = { title: string; define: (rule: Rule<S>) => void };

export function section<S>(title: string, define: (rule: Rule<S>) => void): Section<S> {
  return { title, define };
}

/** Holds what is built to the rules, through its public calls alone. Each rule has a stage of its own. */
export function conform<S extends AsyncDisposable>(
  where: string,
  start: () => S | Promise<S>,
  sections: readonly Section<S>[],
): void {
  for (const { title, define } of sections) {
    describe(`${title}, ${where}`, () => {
      define((name, body) => {
        test(name, async () => {
          await using stage = await start();
          await body(stage);
        });
      });
    });
  }
}
