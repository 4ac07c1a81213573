import { afterAll, beforeAll, describe, test } from 'vitest';
import type { Native } from '../../task/memory/lab.ts';
import { Stage } from './stage.ts';

type Rule = (name: string, body: (stage: Stage) => Promise<void>) => void;
export type Theme = { title: string; define: (rule: Rule) => void };

/** The rules of one theme, one test each. */
export function theme(title: string, define: (rule: Rule) => void): Theme {
  return { title, define };
}

/** Holds what is built to the rules, through its public calls alone. */
export function conform(native: Native, themes: readonly Theme[], { isAlone = false } = {}): void {
  let stage: Stage;
  beforeAll(async () => void (stage = await Stage.start(native, isAlone)));
  afterAll(() => stage[Symbol.asyncDispose]());
  for (const { title, define } of themes) {
    describe(title, () => define((name, body) => test(name, () => body(stage))));
  }
}
