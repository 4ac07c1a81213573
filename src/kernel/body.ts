import type { ErrorCode } from '../errors.ts';
import { copyin, isDisposition, permits, withoutRight } from './copyin.ts';
import type { Right, Space } from './records.ts';
import type { State } from './state.ts';
import type { RightSpec } from './types.ts';

/** Front to back, until the first bad item: what was copied in before it is in `rights`, what follows is untouched (§7.3). */
export function copyinBody(
  state: State,
  space: Space,
  specs: readonly RightSpec[],
): { rights: Right[]; code: 0 | ErrorCode } {
  const rights: Right[] = [];
  for (const spec of specs) {
    const item = copyinItem(state, space, spec);
    if ('code' in item) return { rights, code: item.code };
    rights.push(item);
  }
  return { rights, code: 0 };
}

function copyinItem(state: State, space: Space, spec: RightSpec): Right | { code: ErrorCode } {
  if (!isDisposition(spec.disp)) return { code: 'MACH_SEND_INVALID_TYPE' };
  const nothing = withoutRight(spec);
  if (nothing !== null) return nothing;
  const entry = space.entries.get(spec.name);
  if (entry === undefined || !permits(entry, spec.disp)) return { code: 'MACH_SEND_INVALID_RIGHT' };
  return copyin(state, entry, spec.disp, 0);
}
