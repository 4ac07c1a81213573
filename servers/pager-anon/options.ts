import { tmpdir } from 'node:os';
import { isAbsolute } from 'node:path';

export type PagerAnonOptions = {
  /** Objects that are there from the beginning: how many bytes each has, by the name under which it is checked in. */
  objects?: Readonly<Record<string, number>>;
  /** The name under which the port for `host.setDefaultPager({ port })` is checked in. Left out: it is no default pager. */
  defaultPager?: string;
  /** Bytes of the swap file, which takes room on the host only where it has been written. Default: 1 GiB. */
  swapBytes?: number;
  /** Bytes of pages that are kept in memory when the swap file is full. Default: 64 MiB. */
  memoryBytes?: number;
  /** Absolute: where the swap file is made. Default: the host's directory for temporary files. */
  directory?: string;
};

type Checked = {
  objects: [string, number][];
  defaultPager: string | null;
  swapBytes: number;
  memoryBytes: number;
  directory: string;
};

/** @throws TypeError that names the option */
export function checkOptions(options: unknown): Checked {
  const given: { [K in keyof PagerAnonOptions]: unknown } = Object(options ?? {});
  const { swapBytes = 2 ** 30, memoryBytes = 2 ** 26, directory = tmpdir(), defaultPager = null } = given;
  const objects: [string, unknown][] = Object.entries(Object(given.objects ?? {}));
  for (const [name, size] of objects) if (!isCount(size)) throw wrong(`objects: '${name}' has some bytes`);
  if (!isCount(swapBytes)) throw wrong('swapBytes is a number of bytes');
  if (!isCount(memoryBytes)) throw wrong('memoryBytes is a number of bytes');
  if (typeof directory !== 'string' || !isAbsolute(directory)) throw wrong('directory is an absolute path');
  if (defaultPager !== null && typeof defaultPager !== 'string') throw wrong('defaultPager is a name');
  return { objects: objects as [string, number][], defaultPager, swapBytes, memoryBytes, directory };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function wrong(text: string): TypeError {
  return new TypeError(`pager-anon: options.${text}`);
}
