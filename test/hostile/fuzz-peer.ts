import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { frameReader, PREFIX_BYTES, writeFrame } from '../../src/link/framing.ts';
import { DEFAULT_LIMITS } from '../../src/limits.ts';
import { decodeFields, encodeFields, encodeHead, kindOf, MESSAGES, PROTOCOL } from '../../src/wire/index.ts';
import { deferred } from '../../src/task/index.ts';

/** A peer that says hello as it should, and then writes any bytes. It knows how its connection has ended. */
export class FuzzPeer {
  readonly label: string;
  readonly #socket: Socket;
  readonly #welcome = deferred<number>();
  readonly #closed = deferred();
  readonly #answered = new Set<() => void>();
  /** What the broker said last. */
  farewell: 'refuse' | 'goodbye' | undefined;

  private constructor(socket: Socket, label: string) {
    this.#socket = socket;
    this.label = label;
    const reader = frameReader(DEFAULT_LIMITS, (frame) => this.#onFrame(frame));
    socket.on('data', (chunk: Buffer) => reader.push(chunk));
    socket.on('close', () => this.#closed.resolve());
    // Writing to who has cut us off fails, as it should.
    socket.on('error', () => undefined);
  }

  static async connect(path: string, label: string): Promise<FuzzPeer> {
    const socket = createConnection({ path });
    await once(socket, 'connect');
    const peer = new FuzzPeer(socket, label);
    const hello = encodeFields('hello', { ...PROTOCOL, pid: 4711, threadId: 0, label });
    peer.write(framed(encodeHead({ kind: MESSAGES.hello.id }), hello));
    return peer;
  }

  /** Its number. */
  get welcome(): Promise<number> {
    return this.#welcome.promise;
  }

  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  write(bytes: Uint8Array): void {
    if (this.#socket.writable) this.#socket.write(bytes);
  }

  /**
   * Answers true when the broker has handled all that was written, or has cut this peer off. False: it is not over `patience`, and
   * the broker waits for the end of a frame that is longer than what came.
   */
  async handled(patience: Promise<unknown>): Promise<boolean> {
    const answered = deferred();
    this.#answered.add(answered.resolve);
    this.write(framed(encodeHead({ kind: MESSAGES.port_names.id, callId: LAST })));
    const isOver = Promise.race([answered.promise, this.#closed.promise]).then(() => true);
    return await Promise.race([isOver, patience.then(() => false)]);
  }

  detach(): void {
    this.write(framed(encodeHead({ kind: MESSAGES.detach.id })));
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #onFrame(frame: Buffer): void {
    const kind = kindOf(frame);
    if (kind === MESSAGES.welcome.id) {
      const { task } = decodeFields('welcome', frame.subarray(64));
      this.#welcome.resolve(task);
    } else if (kind === MESSAGES.refuse.id) this.farewell = 'refuse';
    else if (kind === MESSAGES.goodbye.id) this.farewell = 'goodbye';
    else if (kind === MESSAGES.result.id && frame.readBigUInt64LE(16) === BigInt(LAST)) {
      for (const answer of this.#answered) answer();
      this.#answered.clear();
    }
  }
}

/** No fuzzed call has this number. */
const LAST = 2 ** 50;

function framed(head: Uint8Array, body: Uint8Array = new Uint8Array(0)): Buffer {
  const whole = Buffer.alloc(PREFIX_BYTES + head.length + body.length);
  writeFrame(whole, 0, head, body);
  return whole;
}
