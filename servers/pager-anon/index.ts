/**
 * pager-anon: memory objects that begin as zeros and end with whoever has them, for tasks to share; and the default pager, which
 * keeps what tasks have allocated when a broker has no room for it.
 *
 * Pages that brokers return go to a swap file: without a name from the moment it is made, as long as `swapBytes` at the most, and
 * gone with the pager, however that ends. A pager cannot refuse what a kernel returns: when the file is full, pages are kept in
 * the pager's memory, as many as `memoryBytes` says. What is returned beyond that is lost, and not silently: the pager warns,
 * `sync` fails, and who reads such a page gets KERN_MEMORY_ERROR until somebody has written all of it anew.
 */
import { definePager } from 'easync/pager';

import { AnonStore } from './anon-store.ts';
import { checkOptions } from './options.ts';
import { Swap } from './swap.ts';

export type { PagerAnonOptions } from './options.ts';

export default definePager(async (env) => {
  const { objects, defaultPager, directory, swapBytes, memoryBytes } = checkOptions(env.options);
  const warn = (text: string): void => env.task.warn(`${env.name}: ${text}`);
  const swap = new Swap(directory, { swapBytes, memoryBytes }, warn);
  env.onClose(() => swap.leave());
  const storeFor = (size: number): AnonStore => new AnonStore(size, swap, warn);

  for (const [name, size] of objects) await env.object(name, storeFor(size));
  if (defaultPager !== null) {
    if (env.names === null) throw new TypeError('pager-anon: options.defaultPager takes a name service to check it in');
    await env.names.checkIn({ name: defaultPager, port: env.defaultPager(storeFor) });
  }
  return {
    open(of) {
      const { size }: { size?: unknown } = Object(of);
      if (Number.isSafeInteger(size) && Number(size) > 0) return storeFor(Number(size));
      throw new TypeError(
        'open: an object of pager-anon is made by open({ of: { size } }), and size is its length in bytes, above 0',
      );
    },
  };
});
