import { type MemoryManager, serveObject } from '../../src/pager/memory-manager.ts';
import { make } from '../../src/task/index.ts';
import type { Rig } from '../broker/rig.ts';
import { HandKernel } from './hand-kernel.ts';

/** A pager that supplies nothing, to be given what it answers to something else. */
export const PAGES: MemoryManager = {
  init: (control) => control.ready(true, 'none'),
  dataRequest: () => undefined,
  dataUnlock: () => undefined,
  dataReturn: () => undefined,
  terminate: () => undefined,
};

/** A kernel played by hand, of an object of this pager's. */
export async function kernelOf(
  rig: Rig,
  manager: MemoryManager,
): Promise<{ kernel: HandKernel; end: () => Promise<void> }> {
  const pager = await rig.task('pager');
  const port = pager.allocate({ label: 'object', qlimit: 1024 });
  const object = serveObject(port, manager);
  using right = make.send(port);
  const kernel = await HandKernel.start(rig, pager, right);
  await kernel.next('memory_object_ready');
  const end = async (): Promise<void> => {
    object[Symbol.dispose]();
    await kernel.task.dispose();
    await pager.dispose();
  };
  return { kernel, end };
}
