import { defineSubsystem, make, move, routine, type SendRight, simpleroutine, type Stub, type System } from 'easync';
import { describe, expect, test } from 'vitest';
import { testSystem } from '../support/system.ts';

// A busy inline driver queues. What waits there is as it was sent, as in every other placement.

const Desk = defineSubsystem('desk', {
  take: routine<{ bytes: Uint8Array; list?: { n: number }[] }, { bytes: number[]; list: number[] | undefined }>(),
  note: simpleroutine<{ bytes: Uint8Array }>(),
  noted: routine<void, number[][]>(),
  hold: routine<{ right: SendRight; memory: Uint8Array }, { same: boolean; first: number | undefined }>(),
  call: routine<{ fn: () => string }, string>(),
});

/** Each call takes a turn of the event loop, so that all but the first have to wait. */
function openDesk(sys: System, handed: Uint8Array[] = []): Stub<typeof Desk> {
  const notes: number[][] = [];
  const service = sys.serve(
    Desk,
    {
      async take({ bytes, list }) {
        await turn();
        return { bytes: [...bytes], list: list?.map(({ n }) => n) };
      },
      note: ({ bytes }) => void notes.push([...bytes]),
      noted: () => notes,
      hold({ right, memory }) {
        const same = handed.includes(memory);
        right.deallocate();
        return { same, first: memory[0] };
      },
      call: ({ fn }) => fn(),
    },
    { serial: true },
  );
  return sys.bind(Desk, service.right());
}

describe('a call that waits', () => {
  test('has the bytes and objects of its submission', async () => {
    await using t = await testSystem({ check: false });
    using desk = openDesk(t.sys);
    const first = desk.take({ bytes: Uint8Array.of(0) });
    const [bytes, list] = [Uint8Array.of(1, 2), [{ n: 1 }]];
    const second = desk.take({ bytes: bytes.subarray(1), list });
    const third = desk.note({ bytes });
    bytes.fill(9);
    list.push({ n: 9 });
    expect([await first, await second]).toEqual([
      { bytes: [0], list: undefined },
      { bytes: [2], list: [1] },
    ]);
    await third;
    expect(await desk.noted()).toEqual([[1, 2]]);
  });

  test('has the rights and the moved memory that were sent, not copies', async () => {
    await using t = await testSystem({ check: false });
    const memory = move(Uint8Array.of(7));
    using desk = openDesk(t.sys, [memory]);
    const port = t.sys.task.allocate();
    const first = desk.take({ bytes: Uint8Array.of(0) });
    const second = desk.hold({ right: make.send(port), memory });
    await first;
    expect(await second).toEqual({ same: true, first: 7 });
    expect(port.hasSenders).toBe(false);
    port.destroy();
  });

  test('brings what could not travel, as one that does not wait', async () => {
    await using t = await testSystem({ check: false });
    using desk = openDesk(t.sys);
    const first = desk.take({ bytes: Uint8Array.of(0) });
    const second = desk.call({ fn: () => 'called' });
    await first;
    expect(await second).toBe('called');
  });
});

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
