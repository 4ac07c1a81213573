import { boot, IpcError, move, type Region, type System } from 'easync';
import { Pager } from 'easync/pager';
import type { PagerAnonOptions } from 'easync/servers/pager-anon';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rejection } from '../../support/rejection.ts';
import { SharedBroker } from '../../support/shared-broker.ts';
import { until } from '../../support/until.ts';

const PAGER_ANON = new URL('../../../dist/servers/pager-anon/index.js', import.meta.url);
const PAGE = 4096;
const CACHE = 64;
const PAGES = 2 * CACHE;

// Memory that tasks allocate on a broker that has room for 64 pages.
let broker: SharedBroker;
beforeAll(async () => {
  broker = await SharedBroker.start({ cachePages: CACHE });
});
afterAll(() => broker[Symbol.asyncDispose]());

describe('memory larger than the broker’s', () => {
  test('is KERN_RESOURCE_SHORTAGE without a default pager', async () => {
    await using sys = await boot({ socket: broker.socket });
    await using region = await sys.task.vm.allocate(PAGES * PAGE);
    const failure = await rejection(fill(region, 0, PAGES, 1));
    expect(failure['code']).toBe('KERN_RESOURCE_SHORTAGE');
  });

  test('goes to the default pager and comes back: every page has what was written to it last', async () => {
    await using paged = await Paged.start({ swapBytes: PAGES * PAGE, memoryBytes: 0 });
    const region = await paged.sys.task.vm.allocate(PAGES * PAGE);
    await fill(region, 0, PAGES, 1);
    for (let at = 0; at < PAGES; at += 1) expect(await numberIn(region, at)).toBe(at * 1000 + 1);
    for (let at = 0; at < PAGES; at += 3) await writeNumber(region, at, at * 1000 + 2);
    for (let at = PAGES - 1; at >= 0; at -= 1)
      expect(await numberIn(region, at)).toBe(at * 1000 + (at % 3 === 0 ? 2 : 1));
    await region.unmap();
    // As much again fits the swap file only if the first has left it.
    await until(async () => (await paged.objects()) === 0);
    await using second = await paged.sys.task.vm.allocate(PAGES * PAGE);
    await fill(second, 0, PAGES, 3);
    for (let at = 0; at < PAGES; at += 1) expect(await numberIn(second, at)).toBe(at * 1000 + 3);
    expect(paged.output).toEqual([]);
  });

  test('when the default pager has no room either: a page has what was written, or is KERN_MEMORY_ERROR', async () => {
    await using paged = await Paged.start({ swapBytes: 20 * PAGE, memoryBytes: 10 * PAGE });
    await using region = await paged.sys.task.vm.allocate(PAGES * PAGE);
    await fill(region, 0, PAGES, 1);
    let lost = 0;
    for (let at = 0; at < PAGES; at += 1) {
      const found = await numberOrCode(region, at);
      if (found === 'KERN_MEMORY_ERROR') lost += 1;
      else expect(found).toBe(at * 1000 + 1);
    }
    expect(lost).toBeGreaterThan(0);
    expect(lost).toBeLessThanOrEqual(PAGES - 30);
    expect(paged.output.some((line) => line.includes('the swap file takes no more'))).toBe(true);
    expect(paged.output.some((line) => line.includes('are lost: there is no room to keep them'))).toBe(true);
  });

  test('when the default pager is killed: what is in memory stays, what it had is KERN_MEMORY_ERROR', async () => {
    await using paged = await Paged.start({});
    await using region = await paged.sys.task.vm.allocate(PAGES * PAGE);
    await fill(region, 0, PAGES, 1);
    process.kill(await paged.pid(), 'SIGKILL');
    await until(async () => (await paged.state()) === 'dead');
    const resident = await paged.resident();
    let [there, lost] = [0, 0];
    for (let at = 0; at < PAGES; at += 1) {
      const found = await numberOrCode(region, at);
      if (found === 'KERN_MEMORY_ERROR') lost += 1;
      else expect(found).toBe(at * 1000 + 1);
      there += found === 'KERN_MEMORY_ERROR' ? 0 : 1;
    }
    expect(there).toBe(resident);
    expect(there).toBeGreaterThan(0);
    expect(lost).toBeGreaterThanOrEqual(PAGES - CACHE);
  });
});

/** A task of the broker, and its default pager in a process of its own. */
class Paged implements AsyncDisposable {
  readonly sys: System;
  readonly output: string[];
  readonly #pager: Disposable;

  private constructor(sys: System, output: string[], pager: Disposable) {
    this.sys = sys;
    this.output = output;
    this.#pager = pager;
  }

  static async start(options: PagerAnonOptions): Promise<Paged> {
    const output: string[] = [];
    const sys = await boot({ socket: broker.socket, onOutput: (_driver, _stream, line) => void output.push(line) });
    const pager = await sys.open(Pager, PAGER_ANON, {
      place: 'process',
      name: 'anon',
      options: { ...options, defaultPager: 'default pager', directory: broker.scratch.path },
    });
    const { port } = await sys.names.lookUp({ name: 'default pager' });
    await sys.host?.setDefaultPager({ port: move(port) });
    return new Paged(sys, output, pager);
  }

  async pid(): Promise<number> {
    const { tasks = [] } = (await this.sys.host?.ps()) ?? {};
    return tasks.find(({ label }) => label === 'anon')?.pid ?? expect.unreachable('the pager is no task');
  }

  async objects(): Promise<number> {
    return (await this.#vm()).length;
  }

  async resident(): Promise<number> {
    return (await this.#vm()).reduce((sum, object) => sum + object.resident, 0);
  }

  async state(): Promise<string | undefined> {
    return (await this.#vm())[0]?.state;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#pager[Symbol.dispose]();
    // The broker is another test's next.
    await until(async () => (await this.sys.host?.ps())?.tasks.every(({ label }) => label !== 'anon') ?? true);
    await this.sys.dispose();
  }

  async #vm() {
    const { objects } = (await this.sys.host?.vm()) ?? { objects: [] };
    return objects;
  }
}

async function fill(region: Region, from: number, to: number, round: number): Promise<void> {
  for (let at = from; at < to; at += 1) await writeNumber(region, at, at * 1000 + round);
}

/** All over the page. */
async function writeNumber(region: Region, at: number, value: number): Promise<void> {
  await region.write(at * PAGE, new Uint8Array(new Uint32Array(PAGE / 4).fill(value).buffer));
}

/** -1 if the page has more than one. */
async function numberIn(region: Region, at: number): Promise<number> {
  const numbers = new Uint32Array((await region.read(at * PAGE, PAGE)).buffer);
  const [first = -1] = numbers;
  return numbers.every((value) => value === first) ? first : -1;
}

async function numberOrCode(region: Region, at: number): Promise<number | string> {
  try {
    return await numberIn(region, at);
  } catch (error) {
    return IpcError.is(error) ? error.code : String(error);
  }
}
