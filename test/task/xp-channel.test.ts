import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { expect, test } from 'vitest';
import { Memory } from '../../src/broker/memory/memory.ts';
import type { MemoryControl } from '../../src/pager/memory-control.ts';
import { serveObject } from '../../src/pager/memory-manager.ts';
import { make, sendXp } from '../../src/task/index.ts';
import type { XpEvent } from '../../src/task/xp-port.ts';
import { type Xp, XP_MESSAGES } from '../../src/wire/index.ts';
import { Rig } from '../broker/rig.ts';
import { until } from '../support/until.ts';

const PAGE = 4096;

test('easync:xp shows the same messages at both ends, the call and its reply too, and what is refused, with why', async () => {
  const events: XpEvent[] = [];
  const note = (event: unknown): void => void events.push(event as XpEvent);
  await using rig = await Rig.start();
  const kernel = await rig.task('broker');
  rig.broker.memory = new Memory(rig.broker, kernel);
  // A broker and a pager are in this process: each message is told by both of them.
  const task = await rig.task('pager and reader');
  const port = task.allocate({ label: 'object', qlimit: 1024 });
  const { name } = port;
  let control: MemoryControl | undefined;
  let isOver = false;
  subscribe('easync:xp', note);
  try {
    using _object = serveObject(port, {
      init: (from) => (control = from).ready(false, 'none'),
      dataRequest: (from, offset, length, _access, reqId) => from.dataSupply(offset, new Uint8Array(length), { reqId }),
      dataUnlock: () => undefined,
      dataReturn: () => undefined,
      terminate: () => void (isOver = true),
    });
    using right = make.send(port);
    const region = await task.vm.map(right, { size: PAGE });
    await region.write(0, Uint8Array.of(1));
    expect(await control?.attributes()).toEqual({ ready: true, mayCache: false, copy: 'none' });
    // It has to have one right, which tells whose it is.
    sendXp(right, { kind: 'memory_object_data_return', ...RETURN });
    await until(() => events.some(({ direction }) => direction === 'refused'));
    await region.unmap();
    await until(() => isOver);
  } finally {
    unsubscribe('easync:xp', note);
  }
  for (const from of ['kernel', 'pager'] as const) {
    expect(told(events, 'sent', from).filter((line) => line !== FORGED)).toEqual(told(events, 'received', from));
  }
  expect(told(events, 'received', 'kernel')).toHaveLength(5);
  expect(told(events, 'received', 'pager')).toHaveLength(3);
  expect(events.filter(({ direction }) => direction === 'refused')).toEqual([
    {
      direction: 'refused',
      port: name,
      id: XP_MESSAGES.memory_object_data_return.id,
      why: 'memory_object_data_return with 0 rights, and it has 1',
    },
  ]);
  await task.dispose();
  await kernel.dispose();
});

const RETURN = { reqId: 0, offset: 0, dirty: true, kernelCopy: false, gen: 4711, data: new Uint8Array(0) };
const FORGED = inWords({ kind: 'memory_object_data_return', ...RETURN });

function told(events: readonly XpEvent[], direction: 'sent' | 'received', from: 'kernel' | 'pager'): string[] {
  return events.flatMap((event) =>
    event.direction === direction && XP_MESSAGES[event.message.kind].from === from ? [inWords(event.message)] : [],
  );
}

/** Of bytes only how many: they are in memory that is used again. */
function inWords(message: Xp): string {
  return JSON.stringify('data' in message ? { ...message, data: message.data.length } : message);
}
