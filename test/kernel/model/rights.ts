import type { Carry, Cell, Task, World } from './world.ts';

export const NULL = 0;

export const DEAD = 0xffffffff;

/** The disposition of what is no right, but memory. */
export const MEMORY = 9;

export const NOTE = { DELETED: 65, POSSIBLE: 66, DESTROYED: 69, NO_SENDERS: 70, SEND_ONCE: 71, DEAD_NAME: 72 };

export type Spec = { disp: number; name: number };

/** Dispositions by what they ask of the sender. */
export const isSend = (d: number): boolean => d === 17 || d === 19 || d === 20;

export const isOnce = (d: number): boolean => d === 18 || d === 21;

const isMake = (d: number): boolean => d === 20 || d === 21;

export const isMove = (d: number): boolean => d >= 16 && d <= 18;

/** The kind that arrives. */
export const kindSent = (d: number): number => (isSend(d) ? 17 : isOnce(d) ? 18 : d);

export function kindOf(right: Carry): number {
  if (right.k === 'memory') return MEMORY;
  return right.k === 'send' ? 17 : right.k === 'once' ? 18 : right.k === 'recv' ? 16 : right.disp;
}

export function find(task: Task, name: number): Cell | undefined {
  return task.cells.find((c) => c.name === name);
}

export function may(cell: Cell, disp: number): boolean {
  if (cell.is === 'dead') return !isMake(disp) && disp !== 16;
  if (isMake(disp) || disp === 16) return cell.is === 'port' && cell.receive;
  if (disp === 18) return cell.is === 'once';
  return cell.is === 'port' && cell.sends > 0;
}

export function plain(spec: Spec): Carry | undefined {
  const disp = kindSent(spec.disp);
  if (spec.name === NULL) return { k: 'null', disp };
  return spec.name === DEAD ? { k: 'dead', disp } : undefined;
}

export const live = (r: Carry): boolean => (r.k === 'once' ? !r.once.port.dead : 'port' in r && !r.port.dead);

export function roomFor(world: World, task: Task, right: Carry): boolean {
  if (!live(right)) return true;
  if (right.k === 'recv' && right.port.payer !== task && world.fullOfPorts(task)) return false;
  if (task.cells.length < world.limits.namesPerTask) return true;
  return 'port' in right && task.cells.some((c) => c.is === 'port' && c.port === right.port);
}
