import { IpcError } from '../errors.ts';

/** Where a driver runs. Drivers whose placement is the same `process:NAME` share one process. */
export type Placement = 'inline' | 'thread' | 'process' | GroupPlacement | 'broker';

export type GroupPlacement = `process:${string}`;

/**
 * What was given as a placement, if it is one. `where` says in the error's text who gave it.
 *
 * @throws IpcError EINVAL
 */
export function asPlacement(value: unknown, op: 'boot' | 'open', where: string): Placement {
  if (typeof value === 'string' && (PLAIN.has(value) || isGroup(value as Placement))) return value as Placement;
  const shown = typeof value === 'string' ? `'${value}'` : String(JSON.stringify(value) ?? value);
  throw new IpcError('EINVAL', `${where}: there is no placement ${shown}; use ${ALLOWED}`, { op });
}

export function isGroup(placement: Placement): placement is GroupPlacement {
  return GROUP.test(placement);
}

/** The name behind `process:`. */
export function groupName(placement: GroupPlacement): string {
  return placement.slice('process:'.length);
}

const PLAIN: ReadonlySet<string> = new Set(['inline', 'thread', 'process', 'broker']);
/** It labels output and stands in `easync ps`, so it is short and prints as it is. */
const GROUP = /^process:[\w.-]{1,64}$/;
const ALLOWED = `inline, thread, process, process:NAME (1 to 64 letters, digits, '.', '_' or '-') or broker`;
