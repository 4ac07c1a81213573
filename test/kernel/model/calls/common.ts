import { drop } from '../drop.ts';
import { DEAD, NULL, find, isOnce, isSend, may, plain } from '../rights.ts';
import type { Spec } from '../rights.ts';
import { take } from '../take.ts';
import type { Carry, Cell, Group, Message, Port, Task, World } from '../world.ts';

export type Answer = { code: string | 0 } & Record<string, unknown>;

export type Named = { name: number };

export const isName = (n: number): boolean => Number.isInteger(n) && n > 0 && n < DEAD;

export const isHeaderDisp = (d: number): boolean => isSend(d) || isOnce(d);

export const isDisp = (d: number): boolean => isHeaderDisp(d) || d === 16;

export function receiver(task: Task, name: number): { cell: Cell; port: Port } | Answer {
  const cell = find(task, name);
  if (!cell) return { code: 'KERN_INVALID_NAME' };
  return cell.receive && cell.port ? { cell, port: cell.port } : { code: 'KERN_INVALID_RIGHT' };
}

/** What can be received from. */
export function source(task: Task, name: number): Port | Group | { code: string } {
  const cell = find(task, name);
  if (!cell) return { code: 'KERN_INVALID_NAME' };
  if (cell.set) return cell.set;
  return cell.receive && cell.port ? cell.port : { code: 'KERN_INVALID_RIGHT' };
}

export function targetTask(task: Task, name: number): Task | null {
  if (name === NULL) return task;
  const cell = find(task, name);
  return cell?.is === 'port' && cell.sends > 0 ? (cell.port?.standsFor ?? null) : null;
}

/** What another task serves cannot be taken from it. */
export const guarded = (cell: Cell, by: Task): boolean =>
  cell.task !== by && (cell.set?.serving === true || (cell.receive && cell.port !== undefined && served(cell.port)));

export const served = (port: Port): boolean => port.serving || port.group?.serving === true;

/** A right as an argument: it is in hand until `use` is done with it. */
export function withRight(world: World, task: Task, spec: Spec, tag: number, use: (right: Carry) => Answer): Answer {
  if (!isDisp(spec.disp)) return { code: 'KERN_INVALID_VALUE' };
  const nothing = plain(spec);
  if (nothing) return use(nothing);
  const cell = find(task, spec.name);
  if (!cell) return { code: 'KERN_INVALID_NAME' };
  if (!may(cell, spec.disp)) return { code: 'KERN_INVALID_RIGHT' };
  if (spec.disp === 21 && world.fullOfRequests(task)) return { code: 'KERN_RESOURCE_SHORTAGE' };
  const hand = blank();
  world.inHand.push(hand);
  take(world, cell, spec.disp, (right) => hand.body.push(right), { tag, caller: null });
  const [right] = hand.body;
  if (!right) throw new Error('nothing was taken');
  const refuse = use(right);
  world.inHand = world.inHand.filter((m) => m !== hand);
  hand.body.length = 0;
  if (refuse.code !== 0) drop(world, right, 'maybe');
  return refuse;
}

export function blank(): Message {
  const none: Carry = { k: 'null', disp: 0 };
  return { to: none, reply: none, body: [], bytes: 0, payload: null, note: null, payer: null, stamp: 0, loop: false };
}
