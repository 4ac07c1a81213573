import { guarded, isDisp, isName, withRight } from './common.ts';
import type { Answer } from './common.ts';
import { put } from '../queues.ts';
import { find, isOnce, kindOf, live, may } from '../rights.ts';
import type { Spec } from '../rights.ts';
import type { Task, World } from '../world.ts';

/** One function per kernel call. */
export const TRANSFER = {
  port_insert_right(w: World, into: Task, { name, right: spec }: { name: number; right: Spec }, t: Task): Answer {
    return withRight(w, t, spec, 0, (right) => {
      if (!isName(name)) return { code: 'KERN_INVALID_VALUE' };
      if (!live(right)) return { code: 'KERN_INVALID_CAPABILITY' };
      const same = 'port' in right ? into.cells.find((c) => c.is === 'port' && c.port === right.port) : undefined;
      if (same && same.name !== name) return { code: 'KERN_RIGHT_EXISTS' };
      if (!same && find(into, name)) return { code: 'KERN_NAME_EXISTS' };
      if (right.k === 'send' && same && same.sends >= 65534) return { code: 'KERN_UREFS_OVERFLOW' };
      if (!same && into.cells.length >= w.limits.namesPerTask) return { code: 'KERN_NO_SPACE' };
      if (right.k === 'recv' && right.port.payer !== into && w.fullOfPorts(into))
        return { code: 'KERN_RESOURCE_SHORTAGE' };
      if (right.k === 'once' && into !== t) right.once.hops += 1;
      put(w, into, right, name);
      return { code: 0 };
    });
  },

  port_extract_right: (w: World, from: Task, { name, disp }: Spec, t: Task): Answer =>
    grant(w, from, { disp, name }, t),
};

export function grant(world: World, from: Task, spec: Spec, to: Task): Answer {
  if (!isDisp(spec.disp)) return { code: 'KERN_INVALID_VALUE' };
  const cell = find(from, spec.name);
  if (!cell) return { code: 'KERN_INVALID_NAME' };
  if (!may(cell, spec.disp)) return { code: 'KERN_INVALID_RIGHT' };
  if (spec.disp === 21 && world.fullOfRequests(from)) return { code: 'KERN_RESOURCE_SHORTAGE' };
  const joins = !isOnce(spec.disp) && to.cells.some((c) => c.is === 'port' && c.port === cell.port);
  if (cell.is !== 'dead' && !joins && to.cells.length >= world.limits.namesPerTask) return { code: 'KERN_NO_SPACE' };
  if (spec.disp === 16 && cell.is === 'port') {
    if (guarded(cell, to)) return { code: 'KERN_FAILURE' };
    if (cell.port?.payer !== to && world.fullOfPorts(to)) return { code: 'KERN_RESOURCE_SHORTAGE' };
  }
  return withRight(world, from, spec, 0, (right) => {
    if (right.k === 'once' && from !== to) right.once.hops += 1;
    return { code: 0, disp: kindOf(right), name: put(world, to, right) };
  });
}
