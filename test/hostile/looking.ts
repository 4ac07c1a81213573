import type { DeadTask } from '../../src/driver/index.ts';
import type { PortSnapshot, TaskSnapshot } from '../../src/kernel/inspect.ts';
import type { ReceiveRight } from '../../src/task/index.ts';
import type { Arena } from './arena.ts';
import type { Flooder } from './flooder.ts';

/** The attack of a task that stays: afterwards it still does what it has promised. Then it goes. */
export async function flooding(arena: Arena, attack: (flooder: Flooder) => Promise<void>): Promise<void> {
  const flooder = await arena.flooder();
  await attack(flooder);
  await flooder.keepsItsWord();
  flooder.leaves();
}

/** What the kernel has of a task. */
export function stateOf(arena: Arena, { task: id }: { task: number }): TaskSnapshot {
  const found = arena.rig.broker.kernel.inspect().tasks.find(({ task }) => task === id);
  if (found === undefined) throw new Error(`task ${id} is gone`);
  return found;
}

/** The port that a task has under this name. */
export function portNamed(arena: Arena, task: { task: number }, name: number): PortSnapshot | undefined {
  const id = stateOf(arena, task).names.find((entry) => entry.name === name)?.port;
  return arena.rig.broker.kernel.inspect().ports.find(({ port }) => port === id);
}

/** A port of the bystanders' server. */
export function portAt(arena: Arena, port: ReceiveRight): PortSnapshot | undefined {
  return portNamed(arena, { task: arena.bystanders.server.welcome.task }, port.name);
}

/** What `easync ps --dead` shows. */
export function dead(arena: Arena): DeadTask[] {
  return [...arena.rig.broker.dead];
}
