import { guarded, isName } from './common.ts';
import type { Answer, Named } from './common.ts';
import { dropSend, loseReceive, wipe } from '../ends.ts';
import { find } from '../rights.ts';
import { removeCell } from '../take.ts';
import { Cell, Group, Port } from '../world.ts';
import type { Task, World } from '../world.ts';

/** One function per kernel call. */
export const NAMES = {
  port_allocate: (w: World, t: Task, { right }: { right: number }): Answer => allocate(w, t, right),

  port_allocate_name: (w: World, t: Task, { right, name }: { right: number; name: number }): Answer =>
    isName(name) ? allocate(w, t, right, name) : { code: 'KERN_INVALID_VALUE' },

  port_rename(_w: World, t: Task, { old, name }: { old: number; name: number }): Answer {
    if (!isName(name)) return { code: 'KERN_INVALID_VALUE' };
    if (find(t, name)) return { code: 'KERN_NAME_EXISTS' };
    const cell = find(t, old);
    if (!cell) return { code: 'KERN_INVALID_NAME' };
    cell.name = name;
    // It comes last now: §14 leaves open in which order a task's names end, and the kernel ends them by age.
    t.cells = [...t.cells.filter((c) => c !== cell), cell];
    return { code: 0 };
  },

  port_type(_w: World, t: Task, { name }: Named): Answer {
    const cell = find(t, name);
    return cell ? { code: 0, value: typeBits(cell) } : { code: 'KERN_INVALID_NAME' };
  },

  port_names: (_w: World, t: Task): Answer => ({
    code: 0,
    table: Object.fromEntries(t.cells.map((c) => [c.name, typeBits(c)])),
  }),

  port_get_refs(_w: World, t: Task, { name, right }: { name: number; right: number }): Answer {
    if (!(right >= 0 && right <= 4)) return { code: 'KERN_INVALID_VALUE' };
    const cell = find(t, name);
    return cell ? { code: 0, value: refs(cell, right) } : { code: 'KERN_INVALID_NAME' };
  },

  port_mod_refs(
    w: World,
    t: Task,
    { name, right, delta }: { name: number; right: number; delta: number },
    by: Task,
  ): Answer {
    if (!(right >= 0 && right <= 4)) return { code: 'KERN_INVALID_VALUE' };
    const cell = find(t, name);
    if (!cell) return { code: 'KERN_INVALID_NAME' };
    const has = refs(cell, right);
    if (has === 0) return { code: 'KERN_INVALID_RIGHT' };
    const single = right === 1 || right === 2 || right === 3;
    if (has + delta < 0 || (single && delta > 0)) return { code: 'KERN_INVALID_VALUE' };
    if (!single && has + delta > (right === 0 ? 65534 : 65535)) return { code: 'KERN_UREFS_OVERFLOW' };
    if (delta === 0) return { code: 0 };
    if ((right === 1 || right === 3) && guarded(cell, by)) return { code: 'KERN_FAILURE' };
    if (right === 4) {
      cell.refs += delta;
      if (cell.refs === 0) removeCell(w, cell);
    } else if (right === 1 && cell.sends > 0) {
      loseReceive(w, cell);
    } else if (single) {
      wipe(w, cell);
    } else {
      cell.sends += delta;
      if (cell.sends === 0) dropSend(w, cell);
    }
    return { code: 0 };
  },

  port_deallocate(w: World, t: Task, { name }: Named, by: Task): Answer {
    const cell = find(t, name);
    if (!cell) return { code: 'KERN_INVALID_NAME' };
    if (cell.is === 'set' || (cell.is === 'port' && cell.sends === 0)) return { code: 'KERN_INVALID_RIGHT' };
    return NAMES.port_mod_refs(
      w,
      t,
      { name, right: cell.is === 'dead' ? 4 : cell.is === 'once' ? 2 : 0, delta: -1 },
      by,
    );
  },

  port_destroy(w: World, t: Task, { name }: Named, by: Task): Answer {
    const cell = find(t, name);
    if (!cell) return { code: 'KERN_INVALID_NAME' };
    if (guarded(cell, by)) return { code: 'KERN_FAILURE' };
    wipe(w, cell);
    return { code: 0 };
  },
};

function allocate(world: World, task: Task, right: number, name?: number): Answer {
  if (right !== 1 && right !== 3 && right !== 4) return { code: 'KERN_INVALID_VALUE' };
  if (name !== undefined && find(task, name)) return { code: 'KERN_NAME_EXISTS' };
  if (task.cells.length >= world.limits.namesPerTask) return { code: 'KERN_NO_SPACE' };
  if (right === 1 && world.fullOfPorts(task)) return { code: 'KERN_RESOURCE_SHORTAGE' };
  const port = new Port();
  if (right === 1) world.ports.push(port);
  port.payer = task;
  const set = new Group(() => cell);
  const cell: Cell = new Cell(
    task,
    right === 1 ? { port, receive: true, name } : right === 3 ? { set, name } : { refs: 1, name },
  );
  task.cells.push(cell);
  return { code: 0, name: cell };
}

const typeBits = (c: Cell): number => {
  if (c.is === 'dead') return 2 ** 20;
  if (c.is === 'set') return 2 ** 19;
  const bits = c.once ? 2 ** 18 : (c.sends > 0 ? 2 ** 16 : 0) + (c.receive ? 2 ** 17 : 0);
  return bits + (c.watch ? 2 ** 31 : 0);
};

const refs = (c: Cell, right: number): number => {
  const has = [
    c.is === 'port' ? c.sends : 0,
    c.receive ? 1 : 0,
    c.is === 'once' ? 1 : 0,
    c.is === 'set' ? 1 : 0,
    c.is === 'dead' ? c.refs : 0,
  ];
  return has[right] ?? 0;
};
