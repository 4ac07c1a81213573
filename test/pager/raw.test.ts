import { make, type Region, type System } from 'easync';
import { type MemoryControl, type MemoryManager, serveObject } from 'easync/pager';
import { expect, test } from 'vitest';
import { rejection } from '../support/rejection.ts';
import { testSystem } from '../support/system.ts';
import { until } from '../support/until.ts';

const PAGE = 4096;

/** A pager by hand, of one page, for one kernel. */
class ByHand implements MemoryManager {
  readonly journal: string[] = [];
  readonly controls: MemoryControl[] = [];
  readonly page = new Uint8Array(PAGE).fill(1);

  init(control: MemoryControl, pageSize: number): void {
    this.journal.push(`init ${pageSize}`);
    this.controls.push(control);
    control.ready(true, 'none');
  }

  dataRequest(control: MemoryControl, offset: number, length: number, access: object, reqId: number): void {
    this.journal.push(`request ${offset} ${length} ${JSON.stringify(access)}`);
    if (offset > 0) control.dataError(offset, length, 5, reqId);
    else control.dataSupply(offset, this.page, { reqId, gen: 1, lock: { write: true } });
  }

  dataUnlock(
    control: MemoryControl,
    offset: number,
    length: number,
    _access: object,
    about: { reqId: number; gen: number },
  ): void {
    this.journal.push(`unlock ${offset} by ${about.gen}`);
    void control.lockRequest(offset, length, { lock: {}, gen: 2, answers: about.reqId });
  }

  dataReturn(
    _control: MemoryControl,
    offset: number,
    data: Uint8Array,
    about: { dirty: boolean; kernelCopy: boolean; gen: number },
  ): void {
    this.journal.push(`return ${offset} by ${about.gen}, ${about.dirty}, ${about.kernelCopy}`);
    this.page.set(data);
  }

  terminate(_control: MemoryControl, died: boolean): void {
    this.journal.push(died ? 'died' : 'terminate');
  }
}

type ServedByHand = { manager: ByHand; control: MemoryControl; region: Region; end: () => void };

async function byHand(sys: System): Promise<ServedByHand> {
  const manager = new ByHand();
  const port = sys.task.allocate({ label: 'by hand', qlimit: 1024 });
  const served = serveObject(port, manager);
  using right = make.send(port);
  const region = await sys.task.vm.map(right, { size: 2 * PAGE });
  await region.read(0, 1);
  const [control] = manager.controls;
  if (control === undefined) throw new TypeError('no kernel has said init');
  return {
    manager,
    control,
    region,
    end: () => served[Symbol.dispose](),
  };
}

test('every call comes as it is, and is answered by hand', async () => {
  await using system = await testSystem();
  const { manager, control, region, end } = await byHand(system.sys);
  await region.write(3, Uint8Array.of(7));
  await control.lockRequest(0, PAGE, { returns: 'dirty' });
  expect(manager.page[3]).toBe(7);
  expect((await rejection(Promise.resolve(region.read(PAGE, 1))))['code']).toBe('KERN_MEMORY_ERROR');
  expect(manager.journal).toEqual([
    `init ${PAGE}`,
    `request 0 ${PAGE} {"read":true,"write":false,"execute":false}`,
    'unlock 0 by 1',
    'return 0 by 2, true, true',
    `request ${PAGE} ${PAGE} {"read":true,"write":false,"execute":false}`,
  ]);
  await region.unmap();
  end();
});

test('promises end with what the kernel answers', async () => {
  await using system = await testSystem();
  const { manager, control, region, end } = await byHand(system.sys);
  const twice = await control.dataSupplied(0, new Uint8Array(2 * PAGE), { gen: 3 });
  expect(twice).toMatchObject({ result: 'KERN_MEMORY_PRESENT', errorOffset: 0 });
  expect(await control.dataSupplied(PAGE, new Uint8Array(PAGE).fill(4), { gen: 4 })).toMatchObject({ result: 0 });
  expect((await region.read(PAGE, 1))[0]).toBe(4);
  expect(await control.attributes()).toEqual({ ready: true, mayCache: true, copy: 'none' });
  await control.changeAttributes(false, 'delay');
  expect(await control.attributes()).toEqual({ ready: true, mayCache: false, copy: 'delay' });
  await region.unmap();
  await until(() => manager.journal.at(-1) === 'terminate');
  expect((await rejection(control.attributes()))['code']).toBe('MACH_SEND_INVALID_DEST');
  end();
});

test('what is no whole pages is refused before it leaves: the kernel would drop it, and not answer', async () => {
  await using system = await testSystem();
  const { control, region, end } = await byHand(system.sys);
  const calls = [
    () => control.dataSupply(0, new Uint8Array(PAGE - 1)),
    () => control.dataSupplied(1, new Uint8Array(PAGE)),
    () => control.dataUnavailable(PAGE, 1),
    () => control.dataError(-PAGE, PAGE, 5),
    () => control.lockRequest(0, PAGE + 1, { flush: true }),
  ];
  for (const call of calls) {
    const error = await rejection((async () => await call())());
    expect(error).toMatchObject({ code: 'EINVAL', message: expect.stringContaining('no whole pages') as string });
  }
  await region.unmap();
  end();
});
