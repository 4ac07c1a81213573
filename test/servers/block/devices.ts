import type { Placement, Stub, System } from 'easync';
import { Block } from 'easync/servers/block';
import type { Scratch } from '../../support/scratch.ts';

/** The built ones: a thread or process cannot load the sources. */
export const RAMDISK = new URL('../../../dist/servers/ramdisk/index.js', import.meta.url);
export const BLOCKFILE = new URL('../../../dist/servers/blockfile/index.js', import.meta.url);

export type Disk = Stub<typeof Block>;
export type Shape = { blocks: number; blockSize?: number };

export type Device = {
  driver: string;
  module: URL;
  options: (shape: Shape, scratch: Scratch) => unknown;
  open: (sys: System, place: Placement, shape: Shape, scratch: Scratch) => Promise<Disk>;
};

/** What must hold of one block device must hold of them all. */
export const DEVICES: readonly Device[] = [
  device('ramdisk', RAMDISK, (shape) => shape),
  device('blockfile', BLOCKFILE, (shape, scratch) => ({ ...shape, path: scratch.join('disk'), create: true })),
];

/** Bytes that differ from block to block and from seed to seed. */
export function pattern(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8) * 7 + seed * 101) & 0xff);
}

function device(driver: string, module: URL, options: Device['options']): Device {
  return {
    driver,
    module,
    options,
    open: (sys, place, shape, scratch) => sys.open(Block, module, { place, options: options(shape, scratch) }),
  };
}
