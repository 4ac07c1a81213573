import { killPort } from './death.ts';
import { destroyEntry } from './drop.ts';
import { takeBack } from './hand-back.ts';
import { hasBackup, makePort } from './port.ts';
import type { Space } from './records.ts';
import { destroyMessage, portOfRight } from './right.ts';
import { addPortEntry, freshName, makeSpace } from './space.ts';
import type { State } from './state.ts';
import type { Name } from './types.ts';

/** A new space holds one name: a send right to its own task port, whose receive right is the kernel's. */
export function makeTask(state: State): { space: Space; self: Name } {
  const taskPort = makePort(state);
  const space = makeSpace(state.nextTask++, taskPort);
  taskPort.owner = { kind: 'kernel', space };
  taskPort.srights = 1;
  const { name } = addPortEntry(space, freshName(space), taskPort, { sends: 1, receive: false });
  state.spaces.set(space.id, space);
  return { space, self: name };
}

/**
 * mach.md §14: the space is closed first, then each entry is destroyed. Messages already queued elsewhere stay; a send it was
 * blocked in does not happen. What it had not taken of a port that goes to its backup goes along, with its rights: before those
 * are destroyed as the task's.
 */
export function killTask(state: State, space: Space): void {
  space.dead = true;
  state.spaces.delete(space.id);
  for (const place of space.receives.values()) place.value.on.waiting.remove(place);
  for (const place of space.sends.values()) {
    const { message } = place.value;
    portOfRight(message.dest).blocked.remove(place);
    destroyMessage(state, message);
  }
  space.receives.clear();
  space.sends.clear();
  for (const entry of space.entries.values()) {
    if (entry.kind === 'port' && entry.receive && hasBackup(entry.port)) takeBack(state, space, entry.port, 'unknown');
  }
  for (const entry of space.entries.values()) destroyEntry(state, entry);
  killPort(state, space.taskPort);
}
