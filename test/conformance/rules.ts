import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Actor } from './actor.ts';
import type { World } from './world.ts';

/** Three tasks that know nothing of each other, and more if a rule wants to lose one. */
export type Stage = { a: Actor; b: Actor; c: Actor; another: () => Promise<Actor> };
type Rule = (name: string, body: (stage: Stage) => Promise<void>) => void;
type Section = { title: string; define: (rule: Rule) => void };

/** The rules of one section of mach.md, one test each. */
export function section(title: string, define: (rule: Rule) => void): Section {
  return { title, define };
}

/** Holds a world to the rules. The tasks are the same throughout; after each rule they have to have what they had before. */
export function conform(start: () => Promise<World>, sections: readonly Section[]): void {
  let world: World;
  let cast: Actor[];
  let base: string[];
  let references: unknown;
  const guests: Actor[] = [];

  beforeAll(async () => {
    world = await start();
    cast = [await actor(), await actor(), await actor()];
    for (const one of cast) for (const other of cast) if (one !== other) await one.peer(other);
    base = await inventory();
    references = await counted();
  });

  afterEach(async () => {
    for (const one of [...cast, ...guests]) if (!one.dead) await one.tidy();
    for (const guest of guests.splice(0)) {
      if (!guest.dead) await guest.kill();
      for (const one of cast) await one.forget(guest);
    }
    const left = await inventory();
    // What one rule leaves behind must not fail the next.
    if (left.join() !== base.join()) await clear();
    expect(left, 'left behind by the rule').toEqual(base);
  });

  afterAll(async () => {
    try {
      expect(await counted(), 'references of what was there before').toEqual(references);
    } finally {
      await world[Symbol.asyncDispose]();
    }
  });

  for (const { title, define } of sections) {
    describe(title, () => {
      define((name, body) => {
        test(name, async () => {
          const [a, b, c] = cast;
          if (a === undefined || b === undefined || c === undefined) throw new Error('a stage has three tasks');
          await body({ a, b, c, another });
        });
      });
    });
  }

  async function actor(): Promise<Actor> {
    return new Actor(world, await world.task());
  }

  async function another(): Promise<Actor> {
    const guest = await actor();
    guests.push(guest);
    return guest;
  }

  async function inventory(): Promise<string[]> {
    const each = cast.map(async (one, i) =>
      [...(await one.names())].map(([name, type]) => `${'abc'[i]}: ${name} ${type}`),
    );
    return (await Promise.all(each)).flat().sort();
  }

  async function counted(): Promise<unknown> {
    const all: unknown[] = [];
    for (const one of cast) for (const name of (await one.names()).keys()) all.push([name, await one.sends(name)]);
    return all;
  }

  async function clear(): Promise<void> {
    for (const [i, one] of cast.entries()) {
      for (const [name, type] of await one.names())
        if (!base.includes(`${'abc'[i]}: ${name} ${type}`)) await one.destroy(name);
    }
  }
}
