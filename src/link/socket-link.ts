import { Socket, type SocketConstructorOpts } from 'node:net';
import type { Limits } from '../limits.ts';
import { cork } from './cork.ts';
import { frameReader } from './framing.ts';
import type { Link, LinkHandlers, Peer } from './link.ts';

/**
 * What a read takes from the system at most. All links read into the same memory: a chunk is dealt with before the event
 * loop reads again, and what is to stay is copied. The rest of a big frame is read into the frame's own buffers.
 */
const READ_BUFFER = Buffer.allocUnsafeSlow(256 * 1024);

export type SocketLinkOptions = {
  limits: Pick<Limits, 'frameBytes'>;
  /** Finds out who is at the other end. */
  peer?: (socket: Socket) => Peer | undefined;
};

/** The way a socket comes into being decides whether it can read into given buffers: that is asked for at its making. */
export type SocketMaker = (onread: OnRead) => Socket;
export type OnRead = {
  /** Asked before the first read and after each: what to read into from now on. */
  buffer: () => Buffer;
  /** `buffer` has that many bytes more. Answers whether to go on reading. */
  callback: (length: number, buffer: Uint8Array) => boolean;
};

/** A link over a stream socket that `make` creates with the given `onread`. A protocol error destroys the link. */
export function socketLink(make: SocketMaker, options: SocketLinkOptions): Link {
  return new SocketLink(make, options);
}

/**
 * A link over a socket that somebody else made: its handle moves into a socket that reads into given buffers, and the
 * old one ends as an empty shell.
 */
export function adoptSocket(socket: Socket, options: SocketLinkOptions): Link {
  return socketLink((onread) => rewrap(socket, onread), options);
}

/** A socket over a descriptor or a handle that reads as asked: Node's types know `onread` only for outgoing connections. */
export function readingSocket(source: { fd: number } | { handle: object }, onread: OnRead): Socket {
  const options: SocketConstructorOpts & { onread: OnRead } = { ...source, onread };
  return new Socket(options);
}

class SocketLink implements Link {
  readonly #askPeer: ((socket: Socket) => Peer | undefined) | undefined;
  #peer: Peer | undefined;
  readonly #socket: Socket;
  readonly #cork;
  readonly #reader;
  /** What the system reads into. */
  #target: Buffer = READ_BUFFER;
  #handlers: LinkHandlers | undefined;
  /** What came before `start`. */
  #early: Buffer[] = [];
  #paused = false;
  #closing = false;
  #closed = false;
  #error: Error | undefined;

  constructor(make: SocketMaker, { limits, peer }: SocketLinkOptions) {
    this.#askPeer = peer;
    this.#reader = frameReader(limits, (frame, memory) => this.#handlers?.onFrame(frame, memory));
    const socket = make({
      buffer: () => (this.#target = this.#reader.room ?? READ_BUFFER),
      callback: (length) => this.#read(length),
    });
    this.#socket = socket;
    this.#cork = cork((bytes, memory, onLeft) => {
      // The peer may have ended its side a moment ago, before the close is told.
      if (!socket.writable) return true;
      this.#write(bytes, memory, onLeft);
      return socket.writableLength === 0;
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // Both only say that the other side is gone, which the close says too.
      if (error.code !== 'EPIPE' && error.code !== 'ECONNRESET') this.#error ??= error;
    });
    socket.on('close', () => this.#ended());
  }

  get peer(): Peer | undefined {
    return (this.#peer ??= this.#askPeer?.(this.#socket));
  }

  get pendingBytes(): number {
    return this.#cork.bytes + this.#socket.writableLength;
  }

  send(head: Uint8Array, body?: Uint8Array, memory?: readonly Uint8Array[], onLeft?: () => void): void {
    this.#cork.add(head, body, memory, onLeft);
  }

  flush(): void {
    this.#cork.flush();
  }

  start(handlers: LinkHandlers): void {
    this.#handlers = handlers;
    for (const chunk of this.#early) this.#deliver(() => this.#reader.push(chunk));
    this.#early = [];
    if (this.#closed) handlers.onClose(this.#error);
    else if (!this.#paused) this.#socket.resume();
  }

  pause(): void {
    this.#paused = true;
    this.#reader.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#deliver(() => this.#reader.resume());
    if (!this.#paused && !this.#closing) this.#socket.resume();
  }

  close(): void {
    if (this.#closing) return;
    this.#cork.flush();
    this.#stop();
    this.#socket.destroySoon();
  }

  destroy(): void {
    this.#stop();
    this.#socket.destroy();
  }

  ref(): void {
    this.#socket.ref();
  }

  unref(): void {
    this.#socket.unref();
  }

  #write(bytes: Buffer, memory: readonly Uint8Array[], onLeft?: () => void): void {
    const last = memory.at(-1);
    if (last === undefined) {
      this.#socket.write(bytes, this.#onWritten);
      return;
    }
    this.#socket.cork();
    this.#socket.write(bytes);
    for (const piece of memory.slice(0, -1)) this.#socket.write(piece);
    this.#socket.write(last, () => {
      onLeft?.();
      this.#onWritten();
    });
    this.#socket.uncork();
  }

  /** Answers whether to go on reading. */
  #read(length: number): boolean {
    if (this.#handlers !== undefined) {
      this.#deliver(() => this.#take(length));
      return !this.#paused;
    }
    this.#early.push(Buffer.from(READ_BUFFER.subarray(0, length)));
    return false;
  }

  #take(length: number): void {
    if (this.#target === READ_BUFFER) this.#reader.push(READ_BUFFER.subarray(0, length));
    else this.#reader.filled(length);
  }

  #deliver(read: () => void): void {
    if (this.#closing) return;
    try {
      read();
      if (!this.#closing) this.#handlers?.onBatchEnd?.();
    } catch (error) {
      // Bad framing, or a handler that could not make sense of a frame: the peer loses this link, the owner hears why.
      this.#error ??= error instanceof Error ? error : new Error(String(error));
      this.destroy();
    }
  }

  #stop(): void {
    this.#closing = true;
    this.#reader.stop();
    this.#cork.discard();
  }

  readonly #onWritten = (): void => {
    if (this.pendingBytes === 0 && !this.#closing) this.#handlers?.onDrain?.();
  };

  #ended(): void {
    this.#closed = true;
    this.#stop();
    this.#handlers?.onClose(this.#error);
  }
}

/** Node offers `onread` only to whoever makes the socket, so the handle of a ready-made one has to change hands. */
function rewrap(socket: Socket, onread: OnRead): Socket {
  const handle: unknown = Reflect.get(socket, '_handle');
  if (typeof handle !== 'object' || handle === null) return readEvents(socket, onread);
  Reflect.set(socket, '_handle', null);
  socket.destroy();
  return readingSocket({ handle }, onread);
}

function readEvents(socket: Socket, { buffer, callback }: OnRead): Socket {
  socket.on('data', (chunk: Buffer) => {
    for (let at = 0; at < chunk.length;) {
      const target = buffer();
      const length = chunk.copy(target, 0, at);
      at += length;
      if (!callback(length, target)) socket.pause();
    }
  });
  return socket;
}
