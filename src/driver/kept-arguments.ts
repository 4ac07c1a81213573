import { isMoved } from '../task/index.ts';
import { decodeBody, encodeBody } from '../wire/body.ts';

/**
 * The arguments of a message that has to wait for its turn, as they are now: what the caller does to its arrays and objects
 * meanwhile is not in them, no more than where the message has left the task. Rights and moved memory stay what they are.
 */
export function keptArguments(body: unknown): unknown {
  if (typeof body !== 'object' || body === null) return body;
  const rights: object[] = [];
  const moved: Uint8Array[] = [];
  const movedAt = (bytes: Uint8Array): number | undefined => (isMoved(bytes) ? moved.push(bytes) - 1 : undefined);
  try {
    const bytes = encodeBody(body, (right) => rights.push(right) - 1, undefined, { has: isMoved, take: movedAt });
    return decodeBody(
      bytes,
      (index) => rights[index],
      undefined,
      (index) => moved[index],
    );
  } catch {
    // It cannot travel: in place a handler gets it all the same, in test mode it does not come this far.
    return body;
  }
}
