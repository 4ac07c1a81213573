import type { ErrorCode } from '../errors.ts';
import { copyin, isDisposition, permits, withoutRight } from './copyin.ts';
import type { NoRight, Port, Right, Space } from './records.ts';
import type { State } from './state.ts';
import { DISP, NO_MEMORY } from './types.ts';
import type { RightSpec } from './types.ts';

type Body = { rights: Right[]; circular: boolean; code: 0 | ErrorCode };

/**
 * Front to back, until the first bad item: what was copied in before it is in `rights`, what follows is untouched (§7.3).
 * `circular`: one of them is a receive right that `destination` waits behind (§12); it stays in nobody's queue.
 */
export function copyinBody(state: State, space: Space, destination: Port, specs: readonly RightSpec[]): Body {
  const body: Body = { rights: [], circular: false, code: 0 };
  for (const spec of specs) {
    const item = copyinItem(state, space, spec);
    if ('code' in item) return { ...body, code: item.code };
    body.rights.push(item);
    if (item.kind !== 'receive') continue;
    if (state.rules.closesCycle(destination, item.port)) body.circular = true;
    else item.port.owner = { kind: 'transit', to: destination };
  }
  return body;
}

function copyinItem(state: State, space: Space, spec: RightSpec): Right | { code: ErrorCode } {
  if (spec.disp === DISP.MEMORY) return copyinMemory(spec);
  if (!isDisposition(spec.disp)) return { code: 'MACH_SEND_INVALID_TYPE' };
  const nothing = withoutRight(spec);
  if (nothing !== null) return nothing;
  const entry = space.entries.get(spec.name);
  if (entry === undefined || !permits(entry, spec.disp)) return { code: 'MACH_SEND_INVALID_RIGHT' };
  return copyin(state, entry, spec.disp, { tag: 0, caller: space, unwanted: null });
}

function copyinMemory({ disp, name }: RightSpec): NoRight | { code: ErrorCode } {
  return name === NO_MEMORY ? { code: 'MACH_SEND_INVALID_MEMORY' } : { kind: 'none', disp, name };
}
