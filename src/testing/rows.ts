import { IpcError } from '../errors.ts';
import { groupWorld, memoryWorld, privateWorld, socketWorld, type World } from './worlds.ts';

/** Where a suite runs: what lies between the client, which is the test, and the driver. */
export type Row = keyof typeof ROWS;

/** What lies between client and driver in that row, made anew. */
export function startWorld(row: Row): Promise<World> {
  return ROWS[row]();
}

/** @throws IpcError EINVAL */
export function mustBeRow(row: string): void {
  if (Object.hasOwn(ROWS, row)) return;
  throw new IpcError('EINVAL', `placements: there is no row '${row}'; there are ${Object.keys(ROWS).join(', ')}`, {
    op: 'placements',
  });
}

const ROWS = {
  /** On the caller's stack, in test mode. */
  inline: () => privateWorld('inline'),
  /** On the caller's stack, as it is outside of tests: caller and driver have the same arguments in hand. */
  unchecked: () => privateWorld('inline', { check: false }),
  /** A task of its own in this process, over links in memory. */
  memory: memoryWorld,
  thread: () => privateWorld('thread'),
  process: () => privateWorld('process'),
  /** A process in which another driver runs already. */
  group: groupWorld,
  /** Served by another task, which the client has come to by the socket of a shared broker. */
  socket: socketWorld,
  /** In the process of the client's broker. */
  broker: () => privateWorld('broker'),
};

export const DEFAULT_ROWS: readonly Row[] = ['inline', 'unchecked', 'memory', 'thread', 'process', 'group', 'socket'];
