import type { ReceiveRight } from '../task/index.ts';
import { VM_PROT } from '../wire/index.ts';
import { type FutexManager, tellFutex } from './futex-manager.ts';
import { isAboutFutex } from './futex-masters.ts';
import { Kernels } from './kernels.ts';
import type { KernelPort } from './kernels.ts';
import { isPages, MemoryControl } from './memory-control.ts';
import { type SleepManager, tellSleep } from './sleep-manager.ts';
import { isAboutSleep } from './sleep-places.ts';
import type { FromKernel } from './state.ts';

export type Access = { readonly read?: boolean; readonly write?: boolean; readonly execute?: boolean };

/**
 * The raw calls of a memory object: what each kernel says, as it comes. They are made in the order of arrival, and must have done
 * with the memory of theirs when they return: an `await` inside lets later messages overtake. Nothing is done for you here: no copy
 * sets, no recalls.
 */
export interface MemoryManager extends FutexManager, SleepManager {
  /** Answer `control.ready(…)`, or `control.destroy(…)`. */
  init(control: MemoryControl, pageSize: number): void;
  /** Answer `dataSupply`, `dataUnavailable` or `dataError`, with this `reqId`. */
  dataRequest(control: MemoryControl, offset: number, length: number, access: Access, reqId: number): void;
  /** Answer `lockRequest` with a weaker lock, or one that flushes, and `answers: reqId`. */
  dataUnlock(
    control: MemoryControl,
    offset: number,
    length: number,
    access: Access,
    about: { reqId: number; gen: number },
  ): void;
  /** `reqId` is that of the `lockRequest` that it comes from, or 0. The bytes are yours until you return. */
  dataReturn(
    control: MemoryControl,
    offset: number,
    data: Uint8Array,
    about: { reqId: number; dirty: boolean; kernelCopy: boolean; gen: number },
  ): void;
  /** Nothing more comes from this kernel. `died`: it had no time to return what it had. */
  terminate(control: MemoryControl, died: boolean): void;
  /** Only with the copy strategy `'call'`. */
  copy?(control: MemoryControl, offset: number, length: number, newObject: ReceiveRight): void;
}

/** Serves a port as a memory object by hand. Disposing what it answers destroys the port. */
export function serveObject(port: ReceiveRight, manager: MemoryManager): Disposable {
  const controls = new Map<KernelPort, MemoryControl>();
  const controlOf = (kernel: KernelPort): MemoryControl => {
    let control = controls.get(kernel);
    if (control === undefined) controls.set(kernel, (control = new MemoryControl(kernel)));
    return control;
  };
  let copied: { offset: number; length: number } = { offset: 0, length: 0 };
  const kernels = new Kernels({
    message(kernel, message) {
      if (message.kind === 'memory_object_copy') copied = message;
      else if (message.kind === 'memory_object_change_completed') {
        for (const control of controls.values()) control.heard(message);
      } else if (kernel === null) return;
      else if (isAboutFutex(message)) tellFutex(manager, controlOf(kernel), message);
      else if (isAboutSleep(message)) tellSleep(manager, controlOf(kernel), message);
      else if (isWhole(message, kernel.pageSize)) {
        tell(manager, controlOf(kernel), message);
        if (message.kind === 'memory_object_terminate') controls.delete(kernel);
      }
    },
    died(kernel) {
      const control = controlOf(kernel);
      controls.delete(kernel);
      control.gone();
      manager.terminate(control, true);
    },
    copied(kernel, newObject) {
      if (manager.copy === undefined) newObject.destroy();
      else manager.copy(controlOf(kernel), copied.offset, copied.length, newObject);
    },
  });
  kernels.listen(port);
  return kernels;
}

/** What is not made of pages cannot be answered: it is dropped, as a kernel does. */
function isWhole(message: FromKernel, pageSize: number): boolean {
  switch (message.kind) {
    case 'memory_object_init':
      return message.pageSize > 0;
    case 'memory_object_data_request':
    case 'memory_object_data_unlock':
      return isPages(message.offset, pageSize) && isPages(message.length, pageSize);
    case 'memory_object_data_return':
      return isPages(message.offset, pageSize) && isPages(message.data.length, pageSize);
    default:
      return true;
  }
}

function tell(manager: MemoryManager, control: MemoryControl, message: FromKernel): void {
  switch (message.kind) {
    case 'memory_object_init':
      return manager.init(control, message.pageSize);
    case 'memory_object_data_request':
      return manager.dataRequest(control, message.offset, message.length, accessOf(message.access), message.reqId);
    case 'memory_object_data_unlock':
      return manager.dataUnlock(control, message.offset, message.length, accessOf(message.access), message);
    case 'memory_object_data_return':
      return manager.dataReturn(control, message.offset, message.data, message);
    case 'memory_object_terminate':
      control.gone();
      return manager.terminate(control, false);
    default:
      return control.heard(message);
  }
}

function accessOf(bits: number): Access {
  return {
    read: (bits & VM_PROT.READ) !== 0,
    write: (bits & VM_PROT.WRITE) !== 0,
    execute: (bits & VM_PROT.EXECUTE) !== 0,
  };
}
