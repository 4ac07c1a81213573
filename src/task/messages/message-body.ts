import { DISP, NULL_NAME, type RightSpec } from '../../kernel/types.ts';
import type { Limits } from '../../limits.ts';
import { IpcError } from '../../errors.ts';
import { decodeBody, encodeBody } from '../../wire/body.ts';
import { DESCRIPTOR_BYTES, FLAG, type Frame, HEADER_BYTES } from '../../wire/index.ts';
import type { Link } from '../../link/link.ts';
import { Right } from '../rights/right.ts';
import { restoreRights } from '../rights/rights-in.ts';
import type { PortTarget } from '../rights/target.ts';
import type { Task } from '../task.ts';
import { DepartingMemory } from './departing-memory.ts';

export type DepartingBody = {
  /** The rights and the memory in it, in the order of their indices. */
  specs: readonly RightSpec[];
  /** Sends the frame that `head` begins. What is in it is the message's from then on. Answers what its rights stood on. */
  leave(link: Link, head: Uint8Array): readonly PortTarget[];
};

/** Encodes a body for its way out. On failure every right in it is back where it was, and memory has not been touched. */
export function departingBody(value: unknown, raw: boolean, limits: Limits): DepartingBody | { failure: unknown } {
  const rights: Right[] = [];
  const specs: RightSpec[] = [];
  const memory = new DepartingMemory(specs, limits.descriptorsPerMessage >> 1);
  try {
    const bytes = raw
      ? rawBytes(value)
      : encodeBody(value, (right) => takeRight(right, rights, specs), limits.bodyDepth, memory);
    if (specs.length + HEADER_RIGHTS > limits.descriptorsPerMessage) {
      throw new IpcError(
        'ELIMIT',
        `a body with ${specs.length} rights and pieces of memory is over the limit of descriptorsPerMessage (${limits.descriptorsPerMessage})`,
      );
    }
    const size = bytes.length + memory.bytes;
    if (HEADER_BYTES + (specs.length + HEADER_RIGHTS) * DESCRIPTOR_BYTES + size > limits.frameBytes) {
      throw new IpcError('ELIMIT', `a body of ${size} bytes is over the limit of frameBytes (${limits.frameBytes})`);
    }
    return {
      specs,
      leave(link, head) {
        link.send(head, bytes, memory.leave());
        return rights.map((right) => right.consume());
      },
    };
  } catch (error) {
    restoreRights(value);
    return { failure: error };
  }
}

/** The handler did its work; it is the answer that cannot travel. */
export function inResult(cause: unknown): unknown {
  return IpcError.is(cause) ? new IpcError(cause.code, `in the result: ${cause.message}`, { cause }) : cause;
}

export type ArrivedBody = {
  /** Decodes it. Rights in it become handles, which the reader owns. Throws if it is unreadable; no right is leaked then. */
  read(): unknown;
  /** Nobody will read it: gives its rights back. */
  discard(): void;
  /** Gives back what came where a reply right may be. */
  releaseReply(): void;
};

/** The body of a frame that came in. */
export function arrivedBody(task: Task, frame: Frame): ArrivedBody {
  const discard = (): void => {
    for (const spec of frame.descriptors.slice(HEADER_RIGHTS)) {
      if (spec.disp !== DISP.MEMORY) task.arrive(spec).deallocate();
    }
  };
  return {
    discard,
    releaseReply() {
      const reply = frame.descriptors[1];
      if (reply !== undefined && reply.name !== NULL_NAME) task.arrive(reply).deallocate();
    },
    read() {
      if ((frame.header.flags & FLAG.RAW) !== 0) {
        discard();
        return Uint8Array.prototype.slice.call(frame.body);
      }
      const items = itemsOf(task, frame);
      const used = new Set<unknown>();
      try {
        return decodeBody(
          frame.body,
          (index) => {
            const item = items[index];
            used.add(item);
            return item instanceof Right ? item : undefined;
          },
          (index) => {
            const item = items[index];
            return item instanceof Right ? undefined : item;
          },
        );
      } catch (error) {
        used.clear();
        throw error;
      } finally {
        for (const item of items) if (item instanceof Right && !used.has(item)) item.deallocate();
      }
    },
  };
}

/** What the descriptors of a body are: handles, and arrays that have their memory for themselves. */
function itemsOf(task: Task, { descriptors, memory }: Frame): readonly (Right | Uint8Array | undefined)[] {
  let next = 0;
  const items = descriptors.map((spec, i) => {
    if (spec.disp === DISP.MEMORY) return asArray(memory[next++]);
    return i < HEADER_RIGHTS ? undefined : task.arrive(spec);
  });
  return items.slice(HEADER_RIGHTS);
}

function asArray(memory: Uint8Array | undefined): Uint8Array | undefined {
  return memory && new Uint8Array(memory.buffer);
}

/** Destination and reply. */
const HEADER_RIGHTS = 2;

function takeRight(right: object, rights: Right[], specs: RightSpec[]): number {
  if (!(right instanceof Right))
    throw new IpcError('EBADBODY', 'a right of another copy of easync cannot be sent here');
  specs.push(right.departSpec());
  rights.push(right);
  return specs.length - 1;
}

function rawBytes(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new IpcError('EBADBODY', 'the body of a raw message is a Uint8Array');
}
