import { DISP, NULL_NAME, type RightSpec } from '../../kernel/types.ts';
import type { Limits } from '../../limits.ts';
import { IpcError, ProtocolError } from '../../errors.ts';
import { decodeBody, encodeBody } from '../../wire/body.ts';
import { DESCRIPTOR_BYTES, FLAG, type Frame, HEADER_BYTES, largestMessage } from '../../wire/index.ts';
import type { Link } from '../../link/link.ts';
import { type BodyRight, isBodyRight } from '../rights/body-right.ts';
import { restoreRights } from '../rights/rights-in.ts';
import type { CarriedRight } from '../rights/target.ts';
import type { Task } from '../task.ts';
import { DepartingMemory } from './departing-memory.ts';
import { RawBody } from './raw-body.ts';

export type DepartingBody = {
  /** The rights and the memory in it, in the order of their indices. */
  specs: readonly RightSpec[];
  hasRights: boolean;
  hasMoved: boolean;
  /**
   * Sends the frame that `head` begins, `forNow` if it may come back. What is in it is the message's from then on. Answers what is
   * to hear whether the kernel took it, in the order of `specs`.
   */
  leave(link: Link, head: Uint8Array, forNow?: boolean): readonly CarriedRight[];
};

/** Encodes a body for its way out. On failure every right in it is back where it was, and memory has not been touched. */
export function departingBody(value: unknown, raw: boolean, limits: Limits): DepartingBody | { failure: unknown } {
  const rights: BodyRight[] = [];
  const specs: RightSpec[] = [];
  const memory = new DepartingMemory(specs, limits.descriptorsPerMessage >> 1);
  try {
    const bytes = raw
      ? rawBytes(value, (right) => takeRight(right, rights, specs))
      : encodeBody(value, (right) => takeRight(right, rights, specs), limits.bodyDepth, memory);
    if (specs.length + HEADER_RIGHTS > limits.descriptorsPerMessage) {
      throw new IpcError(
        'ELIMIT',
        `a body with ${specs.length} rights and pieces of memory is over the limit of descriptorsPerMessage (${limits.descriptorsPerMessage})`,
      );
    }
    const size = bytes.length + memory.bytes;
    if (HEADER_BYTES + (specs.length + HEADER_RIGHTS) * DESCRIPTOR_BYTES + size > largestMessage(limits)) {
      throw new IpcError('ELIMIT', `a body of ${size} bytes is over the limit of frameBytes (${limits.frameBytes})`);
    }
    return {
      specs,
      hasRights: rights.length > 0,
      hasMoved: memory.hasMoved,
      leave(link, head, forNow = false) {
        if (specs.length === 0) {
          link.send(head, bytes);
          return NOTHING;
        }
        const leaving = forNow ? memory.leaveForNow() : memory.leave();
        link.send(head, bytes, leaving.pieces, leaving.onLeft);
        const pieces = memory.carried().values();
        const carried = rights.map((right) => right.consume()).values();
        return specs.flatMap(({ disp }) => (disp === DISP.MEMORY ? pieces : carried).next().value ?? []);
      },
    };
  } catch (error) {
    restoreRights(value);
    return { failure: error };
  }
}

const NOTHING: readonly never[] = [];

/** The handler did its work; it is the answer that cannot travel. */
export function inResult(cause: unknown): unknown {
  return IpcError.is(cause) ? new IpcError(cause.code, `in the result: ${cause.message}`, { cause }) : cause;
}

export type ArrivedBody = {
  /** Decodes it. Rights in it become handles, which the reader owns. Throws if it is unreadable; no right is leaked then. */
  read(): unknown;
  /** Bytes that no codec touched, with the rights beside them, which the reader owns. */
  readRaw(): RawBody;
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
    readRaw() {
      const rights = frame.descriptors.slice(HEADER_RIGHTS).filter(({ disp }) => disp !== DISP.MEMORY);
      return new RawBody(
        Uint8Array.prototype.slice.call(frame.body),
        rights.map((spec) => task.arrive(spec)),
      );
    },
    releaseReply() {
      const reply = frame.descriptors[1];
      if (reply !== undefined && reply.name !== NULL_NAME) task.arrive(reply).deallocate();
    },
    read() {
      if ((frame.header.flags & FLAG.RAW) !== 0) {
        discard();
        return Uint8Array.prototype.slice.call(frame.body);
      }
      const memory = memoryOf(frame);
      const rights = frame.descriptors
        .slice(HEADER_RIGHTS)
        .map((spec) => (spec.disp === DISP.MEMORY ? undefined : task.arrive(spec)));
      const used = new Set<number>();
      try {
        return decodeBody(
          frame.body,
          (index) => {
            used.add(index);
            const right = rights[index];
            if (right === undefined) throw new ProtocolError(`the body has a right without a descriptor (${index})`);
            return right;
          },
          task.limits.bodyDepth,
          (index) => memory[index],
        );
      } catch (error) {
        used.clear();
        throw error;
      } finally {
        rights.forEach((right, index) => {
          if (!used.has(index)) right?.deallocate();
        });
      }
    },
  };
}

/** Arrays in the places of their descriptors, each with its memory for itself. */
export type BodyMemory = readonly (Uint8Array | undefined)[];

export function memoryOf({ descriptors, memory }: Frame): BodyMemory {
  let next = 0;
  const arrays = descriptors.map(({ disp }) => (disp === DISP.MEMORY ? arrayOf(memory[next++]) : undefined));
  return arrays.slice(HEADER_RIGHTS);
}

function arrayOf(memory: Uint8Array | undefined): Uint8Array | undefined {
  return memory && new Uint8Array(memory.buffer);
}

/** Destination and reply. */
export const HEADER_RIGHTS = 2;

function takeRight(right: object, rights: BodyRight[], specs: RightSpec[]): number {
  if (!isBodyRight(right)) throw new IpcError('EBADBODY', 'a right of another copy of easync cannot be sent here');
  specs.push(right.departSpec());
  rights.push(right);
  return specs.length - 1;
}

function rawBytes(value: unknown, take: (right: object) => void): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (value instanceof RawBody) {
    for (const right of value.rights) take(right);
    return value.bytes;
  }
  throw new IpcError('EBADBODY', 'the body of a raw message is a Uint8Array');
}
