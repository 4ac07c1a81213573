import { bind, type Stub } from 'easync';
import { expect, test } from 'vitest';
import { deferred } from '../../src/task/deferred.ts';
import { Sections, Visitor } from '../fixtures/sections.js';
import { everywhere } from '../support/everywhere.ts';

const MODULE = new URL('../fixtures/sections.js', import.meta.url);

// A driver that is in a critical section holds back its callers, wherever it runs; what they do not cross a boundary for it does not.
everywhere(
  Sections,
  MODULE,
  (open, at) => {
    /** Has the driver in a section, which makes a call of its own, until `leave`; `calls` are made meanwhile. */
    async function visited(
      sections: Stub<typeof Sections>,
      calls: () => unknown[],
      nested = false,
    ): Promise<unknown[]> {
      const came = deferred();
      const leave = deferred<string>();
      const visitor = at.system.serve(Visitor, {
        inside() {
          came.resolve();
          return leave.promise;
        },
      });
      const section = sections.enter({ to: visitor.right(), nested });
      await came.promise;
      const made = calls();
      // On the way to the driver it is behind the calls.
      leave.resolve('left');
      const log = await section;
      await Promise.all(made);
      visitor.close();
      return log;
    }

    test('its callers wait across its awaits, in order over its ports, while its own call returns', async () => {
      using sections = await open();
      const { port } = await sections.sub();
      using sub = bind(Sections, port);
      const log = await visited(sections, () => {
        const calls = [sections.note({ n: 1 }), sub.note({ n: 2 }), sections.note({ n: 3 })];
        return [...calls, sections.tell({ n: 4 })];
      });
      expect(log).toEqual(at.row === 'inline' ? [1, 2, 3, 4, 'left'] : ['left', 1, 2, 3, 4]);
      expect(await sections.note({ n: 5 })).toHaveLength(6);
    });

    test('a section in a section lasts until both have ended', async () => {
      using sections = await open();
      const log = await visited(sections, () => [sections.note({ n: 1 })], true);
      expect(new Set(log)).toEqual(new Set([1, 'left']));
      expect(log.at(-1)).toBe(at.row === 'inline' ? 'left' : 1);
    });

    test('a flood of calls during a section is served after it, all of it', async () => {
      using sections = await open();
      const many = Array.from({ length: 300 }, (_, n) => n);
      const log = await visited(sections, () => many.map((n) => sections.note({ n })));
      const all = await sections.note({ n: 'last' });
      expect(log).toContain('left');
      expect(all.filter((n) => n !== 'left')).toEqual([...many, 'last']);
    });
  },
  // In the others driver and client share a thread, and so a gate: a driver in a section would wait for its own call.
  ['inline', 'thread', 'process', 'broker'],
);
