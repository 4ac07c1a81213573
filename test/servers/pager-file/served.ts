import { readFileSync, writeFileSync } from 'node:fs';
import type { Placement, Region, Stub, System } from 'easync';
import { Pager } from 'easync/pager';
import type { PagerFileOptions, ServedFile } from 'easync/servers/pager-file';
import { Scratch } from '../../support/scratch.ts';
import { testSystem, type TestSystem } from '../../support/system.ts';

/** The built one: a thread or process cannot load the sources. */
export const PAGER_FILE = new URL('../../../dist/servers/pager-file/index.js', import.meta.url);
export const PAGE = 4096;

/** A file that holds ones, served as `book` and mapped by the test's own task. */
export class Served implements AsyncDisposable {
  readonly sys: System;
  readonly output: readonly string[];
  readonly path: string;
  readonly scratch: Scratch;
  readonly pager: Stub<typeof Pager>;
  readonly region: Region;
  readonly #system: TestSystem;

  private constructor(system: TestSystem, scratch: Scratch, path: string, pager: Stub<typeof Pager>, region: Region) {
    this.#system = system;
    this.sys = system.sys;
    this.output = system.output;
    this.scratch = scratch;
    this.path = path;
    this.pager = pager;
    this.region = region;
  }

  static async start(
    bytes: number,
    { place = 'inline', file = {} }: { place?: Placement; file?: Partial<ServedFile> } = {},
  ): Promise<Served> {
    const scratch = await Scratch.make();
    const path = file.path ?? scratch.join('book');
    writeFileSync(path, Buffer.alloc(bytes, 1));
    const system = await testSystem();
    const pager = await openPager(system.sys, { files: { book: { path, ...file } } }, place);
    const { port, size } = await pager.object({ name: 'book' });
    const region = await system.sys.task.vm.map(port, { size });
    port.deallocate();
    return new Served(system, scratch, path, pager, region);
  }

  /** What the file has now. */
  get file(): Buffer {
    return readFileSync(this.path);
  }

  async byte(offset: number): Promise<number | undefined> {
    return (await this.region.read(offset, 1))[0];
  }

  async fill(offset: number, length: number, byte: number): Promise<void> {
    await this.region.write(offset, new Uint8Array(length).fill(byte));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.region.unmap();
    this.pager[Symbol.dispose]();
    await this.#system[Symbol.asyncDispose]();
    await this.scratch[Symbol.asyncDispose]();
  }
}

export function openPager(sys: System, options: PagerFileOptions, place: Placement): Promise<Stub<typeof Pager>> {
  return sys.open(Pager, PAGER_FILE, { place, options });
}
