import type { Xp } from '../wire/index.ts';
import { VM_PROT } from '../wire/index.ts';
import { gaveUp } from './copies.ts';
import { enqueue, send, unitIds } from './core.ts';
import type { Core } from './core.ts';
import { flushUnasked } from './grant.ts';
import { attributesChanged } from './jobs.ts';
import { leave } from './leave.ts';
import type { Kernel, KernelId, PageXpKind, Request } from './state.ts';
import { unitParts } from './pieces.ts';
import { keep, startWrites } from './store.ts';

/** One row per message of a kernel. What it answers is why nothing was done for the message, or null. */
export type Handlers = {
  readonly [K in PageXpKind]: (core: Core, kernel: KernelId, message: Xp<K>) => string | null;
};

/** The most units of what a kernel returns at once. */
const MOST_RETURNED = 4096;

export const HANDLERS: Handlers = {
  memory_object_init: (core, kernel, { pageSize }) => {
    if (!core.rules.isNew(core.state.kernels, kernel)) return 'the kernel has said init already';
    if (!core.rules.fits(pageSize, core.options.pageSize)) {
      send(core, kernel, { kind: 'memory_object_destroy', reason: 0 });
      return `pages of ${pageSize} bytes do not fit units of ${core.options.pageSize}`;
    }
    core.state.kernels.set(kernel, newKernel(pageSize));
    const { mayCache, copyStrategy } = core.state;
    send(core, kernel, { kind: 'memory_object_ready', mayCache, copyStrategy });
    return null;
  },

  memory_object_create: (core, kernel, { pageSize }) => {
    if (!core.rules.isNew(core.state.kernels, kernel)) return 'the kernel has said create already';
    if (!core.rules.fits(pageSize, core.options.pageSize)) return 'its pages do not fit the units';
    core.state.kernels.set(kernel, newKernel(pageSize));
    core.state.maker = kernel;
    return null;
  },

  memory_object_terminate: (core, kernel) => {
    leave(core, kernel, false);
    return null;
  },

  memory_object_copy: () => 'this object’s copy strategy is not CALL',

  memory_object_data_request: (core, kernel, { reqId, offset, length, access }) => {
    const request = requestFor(core, kernel, { reqId, offset, length, access, gen: 0 });
    const why = request === null ? NOT_PAGES : core.rules.mayAsk(core.state, kernel) ? null : TOO_MANY;
    if (request === null || why !== null || offset >= core.state.size || (request.write && core.options.readOnly)) {
      send(core, kernel, { kind: 'memory_object_data_error', reqId, offset, length, reason: REFUSED });
      return why;
    }
    enqueue(core, request);
    if (!request.write) core.state.wantedAhead.push(request);
    return null;
  },

  memory_object_data_unlock: (core, kernel, { reqId, offset, length, access, gen }) => {
    const request = requestFor(core, kernel, { reqId, offset, length, access, gen });
    if (request === null) return NOT_PAGES;
    const isRefused = (request.write && core.options.readOnly) || !core.rules.mayUnlock(core.state, kernel);
    if (isRefused) flushUnasked(core, { ...request, id: 0, recalled: false });
    else enqueue(core, { ...request, kind: 'unlock' });
    return null;
  },

  memory_object_data_return: (core, kernel, { offset, dirty, kernelCopy, gen, data }) => {
    const range = unitsIn(core, kernel, offset, data.length);
    if (range === null) return NOT_PAGES;
    const { pageSize } = core.options;
    let late = false;
    for (const { id, at, bytes } of unitParts(offset, data, pageSize)) {
      const unit = core.state.units.get(id);
      if (unit === undefined || !core.rules.mayReturn(unit, kernel, gen)) {
        late ||= dirty;
        continue;
      }
      if (dirty) keep(core, id, at, bytes);
      if (dirty && core.state.maker !== 0) core.state.returned.add(id);
      if (!kernelCopy && bytes.length === pageSize) {
        unit.owner = null;
        unit.copies = unit.copies.filter((copy) => copy.kernel !== kernel);
      }
    }
    startWrites(core, unitIds(range));
    return late ? `bytes by a grant (${gen}) that is not the kernel’s any more` : null;
  },

  memory_object_data_initialize: (core, kernel, { offset, data }) => {
    if (!core.rules.mayInitialize(core, kernel)) return 'the kernel has not made the object, or nobody may write it';
    const range = unitsIn(core, kernel, offset, data.length);
    if (range === null) return NOT_PAGES;
    for (const { id, at, bytes } of unitParts(offset, data, core.options.pageSize)) {
      if (!core.state.returned.has(id)) keep(core, id, at, bytes);
    }
    startWrites(core, unitIds(range));
    return null;
  },

  memory_object_lock_completed: (core, kernel, { reqId }) => {
    const lock = core.state.locks.get(reqId);
    if (lock?.kernel !== kernel) return 'no such lock_request';
    core.state.locks.delete(reqId);
    gaveUp(core, lock);
    return null;
  },

  memory_object_supply_completed: () => null,

  memory_object_change_completed: (core, _kernel, { reqId }) =>
    attributesChanged(core, reqId) ? null : 'no such change_attributes',

  memory_object_attributes: () => 'nobody asked for them',
};

/** EACCES: what the reason of a `data_error` is. */
const REFUSED = 13;
const NOT_PAGES = 'offset and length are not whole pages, or too many';
const TOO_MANY = 'more requests of the kernel are waiting than a kernel has';

function newKernel(pageSize: number): Kernel {
  return { pageSize, next: -1, window: 0, requests: 0, unlocks: 0 };
}

function requestFor(
  core: Core,
  kernel: KernelId,
  asked: { reqId: number; offset: number; length: number; access: number; gen: number },
): Omit<Request, 'id' | 'recalled'> | null {
  const range = unitsIn(core, kernel, asked.offset, asked.length);
  if (range === null || range.count > core.rules.mostUnits) return null;
  const { reqId, offset, length, gen } = asked;
  const write = (asked.access & VM_PROT.WRITE) !== 0;
  return { kind: 'request', kernel, reqId, offset, length, gen, write, job: 0, ...range };
}

/** The units that these pages of the kernel lie in. */
function unitsIn(
  core: Core,
  kernel: KernelId,
  offset: number,
  length: number,
): { first: number; count: number } | null {
  const kernelPage = core.state.kernels.get(kernel)?.pageSize;
  const { pageSize } = core.options;
  if (kernelPage === undefined || offset % kernelPage !== 0 || length % kernelPage !== 0) return null;
  const first = Math.floor(offset / pageSize);
  const count = Math.ceil((offset + length) / pageSize) - first;
  return length === 0 || count > MOST_RETURNED ? null : { first, count };
}
