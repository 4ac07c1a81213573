import { DISP, type Name } from '../../src/kernel/index.ts';
import {
  decodeFields,
  decodeResult,
  type Descriptor,
  encodeHead,
  type Fields,
  FLAG,
  type Frame,
  type KernelCall,
  MESSAGES,
} from '../../src/wire/index.ts';
import type { Peer } from '../broker/peer.ts';
import type { Arena } from './arena.ts';
import { type Duties, takeOnDuties } from './duties.ts';

export const NONE: Descriptor = { disp: 0, name: 0 };

/** A task may choose its names from here on. */
export const FREE = 0x6000_0000;

/**
 * A task that floods, and that has given its word before: it owes a reply, it holds a right that its maker wants back, it is to be
 * told of a death, and waits for a reply itself. Whatever it has done since, these have to get through.
 */
export class Flooder {
  readonly peer: Peer;
  readonly task: number;
  /** A send right to the port that the bystanders' server answers on. */
  readonly target: Name;
  readonly #duties: Duties;
  #callId = 1000;

  private constructor(peer: Peer, task: number, target: Name, duties: Duties) {
    this.peer = peer;
    this.task = task;
    this.target = target;
    this.#duties = duties;
  }

  static async attach(arena: Arena): Promise<Flooder> {
    const peer = await arena.rig.peer();
    peer.hello();
    const { task } = decodeFields('welcome', (await peer.frame('welcome')).body);
    const target = await arena.grant(task, DISP.MAKE_SEND, arena.bystanders.port.name);
    return new Flooder(peer, task, target, await takeOnDuties(arena, peer, task));
  }

  /** Makes a kernel call and answers what it came to. Frames that come before the answer are dropped. */
  async ask<K extends KernelCall>(kind: K, fields: Fields<K>) {
    const callId = this.tell(kind, fields, true);
    return decodeResult(kind, (await this.answer(callId)).body);
  }

  /** Makes a kernel call without waiting for its answer, if one is wanted at all. */
  tell<K extends KernelCall>(kind: K, fields: Fields<K>, answered = false): number {
    const callId = answered ? (this.#callId += 1) : 0;
    this.peer.send(kind, fields, { callId });
    return callId;
  }

  async answer(callId: number): Promise<Frame> {
    for (;;) {
      const frame = await this.peer.next();
      if (frame.header.kind === MESSAGES.result.id && frame.header.callId === callId) return frame;
    }
  }

  /** Sends a message, with the answer `sent` asked for; answers its `callId`. */
  send(
    dest: Descriptor,
    message: {
      reply?: Descriptor;
      rights?: readonly Descriptor[];
      body?: Uint8Array;
      flags?: number;
      routine?: number;
    } = {},
  ) {
    const { reply = NONE, rights = [], body, flags = FLAG.ACK, routine = 1 } = message;
    const callId = (this.#callId += 1);
    const head = encodeHead({ kind: MESSAGES.send.id, callId, routine, flags }, [dest, reply, ...rights]);
    this.peer.raw(head, body);
    return callId;
  }

  /** How the message of this `callId` fared. */
  async sent(callId: number): Promise<unknown> {
    for (;;) {
      const { header, body } = await this.peer.next();
      if (header.kind === MESSAGES.sent.id && header.callId === callId) return decodeFields('sent', body).code;
    }
  }

  took(port: Name, count: number): void {
    this.peer.send('taken', { port, count });
  }

  /** The next message or notification. */
  async delivered(): Promise<{ kind: 'deliver' | 'notify'; body: Buffer }> {
    for (;;) {
      const { header, body } = await this.peer.next();
      if (header.kind === MESSAGES.deliver.id) return { kind: 'deliver', body };
      if (header.kind === MESSAGES.notify.id) return { kind: 'notify', body };
    }
  }

  /** Replies, releases and notifications get through. */
  async keepsItsWord(): Promise<void> {
    await this.#duties.areDone();
  }

  /** Gone without a word, as if it had crashed. */
  leaves(): void {
    this.peer.link.destroy();
    this.#duties.areOver();
  }
}
