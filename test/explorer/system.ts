import type { Bounds, Faults, Offer } from './bounds.ts';
import { Canonical } from './canonical.ts';
import { Draft } from './draft.ts';
import { BrokenBy, type Model, Violation, type Visit } from './explore.ts';
import { check, checkQuiet } from './invariants.ts';
import { Machines } from './machines.ts';
import { map } from './kernel-side.ts';
import { NOTHING, Parts } from './parts.ts';
import { stepsOfKernel } from './steps-kernel.ts';
import { stepsOfPager } from './steps-pager.ts';

/** Kernels and one pager, each a shipped machine with the host around it, joined by channels that keep the order. */
export function system(bounds: Bounds, faults: Faults = {}): Model {
  const machines = new Machines(bounds, faults.replaced ?? {});
  const parts = new Parts(bounds);
  const canonical = new Canonical(machines, parts, bounds.kernels);

  function steps(state: ArrayLike<number>, visit: Visit): void {
    const seen = new Draft(machines, parts, state);
    let isQuiet = true;
    const offer: Offer = (kind, name, take) => {
      if (kind === 'progress') isQuiet = false;
      const draft = new Draft(machines, parts, state);
      try {
        take(draft);
        check(draft);
      } catch (error) {
        if (error instanceof Violation) throw new BrokenBy(name(), error);
        throw error;
      }
      visit(name, draft.finish());
    };
    for (let kernel = 0; kernel < bounds.kernels; kernel += 1) stepsOfKernel(seen, kernel, bounds, faults, offer);
    stepsOfPager(seen, faults, offer);
    if (isQuiet) checkQuiet(seen);
  }

  return { start: startOf(machines, parts, bounds), steps, canonical: (state) => canonical.of(state) };
}

/** All kernels have just mapped the object. */
function startOf(machines: Machines, parts: Parts, { kernels, pages, stored, calls, budget }: Bounds): number[] {
  const none = parts.channels.add([], '');
  const tuple: number[] = [];
  for (let kernel = 0; kernel < kernels; kernel += 1) {
    tuple.push(machines.newKernel(), parts.newHost(pages, calls), none, none);
  }
  const zeros = Array.from({ length: pages }, () => 0);
  const versions = zeros.map((_, page) => (page < stored ? 0 : NOTHING));
  tuple.push(machines.newPager());
  tuple.push(parts.stores.addPlain({ versions, reads: [], writes: [], flushes: [] }));
  tuple.push(parts.addBook({ latest: zeros, returned: zeros, jobs: [], left: { ...budget } }));
  const draft = new Draft(machines, parts, tuple);
  for (let kernel = 0; kernel < kernels; kernel += 1) map(draft, kernel);
  return draft.finish();
}
