import { NULL_NAME, type RightSpec } from '../../kernel/types.ts';
import type { Limits } from '../../limits.ts';
import { IpcError, ProtocolError } from '../../errors.ts';
import { decodeBody, encodeBody } from '../../wire/body.ts';
import { DESCRIPTOR_BYTES, FLAG, type Frame, HEADER_BYTES } from '../../wire/index.ts';
import { type BodyRight, isBodyRight } from '../rights/body-right.ts';
import { restoreRights } from '../rights/rights-in.ts';
import type { CarriedRight } from '../rights/target.ts';
import type { Task } from '../task.ts';

export type DepartingBody = {
  bytes: Uint8Array;
  /** The rights in it, in the order of their indices. */
  specs: readonly RightSpec[];
  /** To be called once the frame has been sent: the rights are the message's from then on. Answers what is to hear whether the kernel took them. */
  depart(): CarriedRight[];
};

/** Encodes a body for its way out. On failure every right in it is back where it was. */
export function departingBody(value: unknown, raw: boolean, limits: Limits): DepartingBody | { failure: unknown } {
  const rights: BodyRight[] = [];
  const specs: RightSpec[] = [];
  try {
    const bytes = raw
      ? rawBytes(value)
      : encodeBody(value, (right) => takeRight(right, rights, specs), limits.bodyDepth);
    if (specs.length + HEADER_RIGHTS > limits.descriptorsPerMessage) {
      throw new IpcError(
        'ELIMIT',
        `a body with ${specs.length} rights is over the limit of descriptorsPerMessage (${limits.descriptorsPerMessage})`,
      );
    }
    if (HEADER_BYTES + (specs.length + HEADER_RIGHTS) * DESCRIPTOR_BYTES + bytes.length > limits.frameBytes) {
      throw new IpcError(
        'ELIMIT',
        `a body of ${bytes.length} bytes is over the limit of frameBytes (${limits.frameBytes})`,
      );
    }
    return { bytes, specs, depart: () => rights.map((right) => right.consume()) };
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
  const specs = frame.descriptors.slice(2);
  const discard = (): void => specs.forEach((spec) => task.arrive(spec).deallocate());
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
      const rights = specs.map((spec) => task.arrive(spec));
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
        );
      } catch (error) {
        used.clear();
        throw error;
      } finally {
        rights.forEach((right, index) => {
          if (!used.has(index)) right.deallocate();
        });
      }
    },
  };
}

/** Destination and reply. */
const HEADER_RIGHTS = 2;

function takeRight(right: object, rights: BodyRight[], specs: RightSpec[]): number {
  if (!isBodyRight(right)) throw new IpcError('EBADBODY', 'a right of another copy of easync cannot be sent here');
  specs.push(right.departSpec());
  rights.push(right);
  return specs.length - 1;
}

function rawBytes(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new IpcError('EBADBODY', 'the body of a raw message is a Uint8Array');
}
