import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export const NONE: Right = [0, 0];

/** A disposition and a name. */
export type Right = readonly [disposition: number, name: number];

export type Frame = {
  kind: number;
  flags: number;
  sequence: number;
  callId: number;
  routine: number;
  rights: Right[];
  body: Buffer;
};

const HEADER = 64;
const MEMORY = 9;
const NO_MEMORY = 0xffffffff;

/** Frames over a Unix socket. */
export class Link {
  readonly #socket: Socket;
  #unread = Buffer.alloc(0);

  private constructor(socket: Socket, onFrame: (frame: Frame) => void) {
    this.#socket = socket;
    socket.on('data', (chunk) => {
      this.#unread = Buffer.concat([this.#unread, chunk]);
      for (let frame = this.#next(); frame !== undefined; frame = this.#next()) onFrame(frame);
    });
  }

  static async connect(path: string, onFrame: (frame: Frame) => void, onEnd: () => void): Promise<Link> {
    const socket = connect(path);
    await once(socket, 'connect');
    // A peer that is killed resets what it has not read: 'close' comes after that, too.
    socket.on('error', () => {});
    socket.on('close', onEnd);
    return new Link(socket, onFrame);
  }

  send(frame: Partial<Frame> & { kind: number }): void {
    const { kind, flags = 0, callId = 0, routine = 0, rights = [], body = Buffer.alloc(0) } = frame;
    const head = Buffer.alloc(4 + HEADER + 8 * rights.length);
    head.writeUInt32LE(head.length - 4 + body.length, 0);
    head.writeUInt8(1, 4);
    head.writeUInt8(kind, 5);
    head.writeUInt16LE(flags, 6);
    head.writeBigUInt64LE(BigInt(callId), 4 + 16);
    head.writeUInt32LE(routine, 4 + 24);
    head.writeUInt16LE(rights.length, 4 + 28);
    rights.forEach(([disposition, name], index) => {
      const at = 4 + HEADER + 8 * index;
      head.writeUInt8(1, at);
      head.writeUInt8(disposition, at + 1);
      head.writeUInt32LE(name, at + 4);
    });
    this.#socket.write(Buffer.concat([head, body]));
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #next(): Frame | undefined {
    if (this.#unread.length < 4) return undefined;
    const end = 4 + this.#unread.readUInt32LE(0);
    if (this.#unread.length < end) return undefined;
    const bytes = this.#unread.subarray(4, end);
    this.#unread = this.#unread.subarray(end);
    return decode(bytes);
  }
}

function decode(bytes: Buffer): Frame {
  const rightsAt = HEADER + bytes.readUInt16LE(30);
  const count = bytes.readUInt16LE(28);
  const rights = Array.from({ length: count }, (_, index): Right => {
    const at = rightsAt + 8 * index;
    return [bytes.readUInt8(at + 1), bytes.readUInt32LE(at + 4)];
  });
  const memory = rights
    .filter(([disposition, length]) => disposition === MEMORY && length !== NO_MEMORY)
    .reduce((sum, [, length]) => sum + length, 0);
  return {
    kind: bytes.readUInt8(1),
    flags: bytes.readUInt16LE(2),
    sequence: Number(bytes.readBigUInt64LE(8)),
    callId: Number(bytes.readBigUInt64LE(16)),
    routine: bytes.readUInt32LE(24),
    rights,
    body: bytes.subarray(rightsAt + 8 * count, bytes.length - memory),
  };
}
