import { defineSubsystem, routine, type SharedIdent } from 'easync';
import { critical, prepare, sleep, wakeup } from 'easync/sync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { quiet } from '../../sync/settled.ts';
import { FutexLab } from '../../task/memory/futex-lab.ts';

// Two tasks: `here` is in the critical section, `there` sends.

const Board = defineSubsystem('board', { note: routine<number, number>() });

let lab: FutexLab;
beforeAll(async () => void (lab = await FutexLab.start('with koffi')));
afterAll(() => lab[Symbol.asyncDispose]());

/** A service of `here`, as `there` has it; `heard`: what has come in, in order. */
async function board(): Promise<{ note: (n: number) => Promise<number>; heard: unknown[]; end: () => void }> {
  const heard: unknown[] = [];
  const service = lab.here.serve(Board, {
    note: (n) => {
      heard.push(n);
      return n;
    },
  });
  await lab.here.names.checkIn({ name: 'board', port: service.right() });
  const stub = lab.there.bind(Board, (await lab.there.names.lookUp({ name: 'board' })).port);
  return {
    note: async (n) => stub.note(n),
    heard,
    end: () => {
      stub[Symbol.dispose]();
      service.close();
    },
  };
}

async function settle(): Promise<void> {
  for (const { task } of [lab.there, lab.here, lab.here, lab.there]) await task.traps.vm_region(0);
  await quiet();
}

describe('§2.7 critical sections', () => {
  test('requests of others wait for the end of the section, across its awaits, and go on in order', async () => {
    const { note, heard, end } = await board();
    const asked = await critical(async () => {
      const calls = [note(1), note(2), note(3)];
      await settle();
      heard.push('end');
      return calls;
    });
    expect(await Promise.all(asked)).toEqual([1, 2, 3]);
    expect(heard).toEqual(['end', 1, 2, 3]);
    end();
  });

  test('the end of the outermost of nested sections counts', async () => {
    const { note, heard, end } = await board();
    let asked: Promise<number> | null = null;
    await critical(async () => {
      await critical(async () => {
        asked = note(1);
        await settle();
      });
      await settle();
      heard.push('end');
    });
    await asked;
    expect(heard).toEqual(['end', 1]);
    end();
  });

  test('sleeping inside gives it up until resumption: requests come in meanwhile, and not after', async () => {
    const { note, heard, end } = await board();
    const ident = {};
    let later: Promise<number> | null = null;
    const section = critical(async () => {
      await sleep(ident);
      heard.push('resumed');
      later = note(2);
      await settle();
      heard.push('end');
    });
    await note(1);
    wakeup(ident);
    await section;
    await later;
    expect(heard).toEqual([1, 'resumed', 'end', 2]);
    end();
  });

  test('a wakeup of a shared ident waits for the end, too: who has prepared is not passed by', async () => {
    await using object = await lab.object();
    const [mine, theirs] = object.regions.map((region) => region.ident(64)) as [SharedIdent, SharedIdent];
    const ran: string[] = [];
    const outside = await prepare(mine);
    const sleeping = outside.sleep().then(({ code }) => ran.push(`woken ${code}`));
    await settle();
    await critical(async () => {
      await wakeup(theirs);
      await settle();
      ran.push('end');
    });
    await sleeping;
    expect(ran).toEqual(['end', 'woken 0']);
  });
});
