import { stirHead, unitAt } from './core.ts';
import type { Core } from './core.ts';
import type { Lock, Unit } from './state.ts';

/** That the kernel may have the units from now on, by this grant. */
export function grant(units: readonly Unit[], kernel: number, write: boolean, gen: number): void {
  for (const unit of units) {
    if (!unit.copies.some((copy) => copy.kernel === kernel)) unit.copies.push({ kernel, since: gen });
    if (write && unit.owner?.kernel !== kernel) unit.owner = { kernel, since: gen };
  }
}

/** The kernel has done what a `lock_request` said, or has gone: what it gave up is nobody's. */
export function gaveUp(core: Core, lock: Lock): void {
  for (let id = lock.first; id < lock.first + lock.count; id += 1) {
    const unit = unitAt(core, id);
    unit.locks -= 1;
    const mayWrite = lock.kind === 'clean' || lock.kind === 'settle';
    if (!mayWrite && unit.owner?.kernel === lock.kernel) unit.owner = null;
    if (lock.kind === 'flush') unit.copies = unit.copies.filter(({ kernel }) => kernel !== lock.kernel);
    stirHead(core, unit);
  }
}
