import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { PREFIX_BYTES, writeFrame } from '../../src/link/framing.ts';
import { encodeFields, encodeHead, MESSAGES, PROTOCOL } from '../../src/wire/index.ts';

/** A peer that says hello, and then writes without ever reading until it is asked to. */
export class DeafPeer implements Disposable {
  readonly #socket: Socket;
  readonly #closed: Promise<unknown>;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#closed = new Promise((resolve) => socket.on('close', resolve));
    // Writing to who has cut us off fails, as it should.
    socket.on('error', () => undefined);
  }

  static async connect(path: string): Promise<DeafPeer> {
    const socket = createConnection({ path });
    await once(socket, 'connect');
    const peer = new DeafPeer(socket);
    const hello = { ...PROTOCOL, pid: 4711, threadId: 0, label: 'deaf' };
    peer.write(encodeHead({ kind: MESSAGES.hello.id }), encodeFields('hello', hello));
    return peer;
  }

  write(head: Uint8Array, body: Uint8Array = new Uint8Array(0)): void {
    const frame = Buffer.alloc(PREFIX_BYTES + head.length + body.length);
    writeFrame(frame, 0, head, body);
    this.#socket.write(frame);
  }

  /** Asks for this many answers. */
  ask(count: number): void {
    for (let callId = 1; callId <= count; callId++) this.write(encodeHead({ kind: MESSAGES.port_names.id, callId }));
  }

  /** All there is to read, now that the broker has closed its side. */
  async rest(): Promise<Buffer> {
    const chunks: Buffer[] = [];
    this.#socket.on('data', (chunk: Buffer) => void chunks.push(chunk));
    await this.#closed;
    return Buffer.concat(chunks);
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}
