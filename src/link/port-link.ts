import type { MessagePort } from 'node:worker_threads';
import type { Limits } from '../limits.ts';
import { cork } from './cork.ts';
import { frameReader } from './framing.ts';
import type { Link, LinkHandlers } from './link.ts';

/**
 * A link between two threads over a `MessagePort`: the frames of one tick go in one post, in memory that is handed over, and a
 * frame with out-of-line memory in a post of its own, a list. A port takes everything at once, so only corked bytes are ever
 * pending.
 */
export function portLink(port: MessagePort, limits: Pick<Limits, 'frameBytes'>): Link {
  return new PortLink(port, limits);
}

class PortLink implements Link {
  readonly peer = undefined;
  readonly #port: MessagePort;
  readonly #cork;
  readonly #reader;
  #handlers: LinkHandlers | undefined;
  #paused = false;
  #closing = false;
  #closed = false;
  #error: Error | undefined;

  constructor(port: MessagePort, limits: Pick<Limits, 'frameBytes'>) {
    this.#port = port;
    this.#reader = frameReader(limits, (frame, memory) => this.#handlers?.onFrame(frame, memory));
    this.#cork = cork((bytes) => this.#post(bytes));
    port.on('close', () => this.#ended());
  }

  get pendingBytes(): number {
    return this.#cork.bytes;
  }

  send(head: Uint8Array, body?: Uint8Array, memory: readonly Uint8Array[] = NONE): void {
    if (memory.length === 0) return this.#cork.add(head, body);
    if (this.#closing) return undefined;
    this.#cork.flush();
    const frame = Buffer.allocUnsafeSlow(head.length + (body?.length ?? 0));
    frame.set(head);
    if (body !== undefined) frame.set(body, head.length);
    const buffers = [frame, ...memory].map((piece) => piece.buffer as ArrayBuffer);
    return this.#port.postMessage(buffers, buffers);
  }

  flush(): void {
    this.#cork.flush();
  }

  /** The port keeps what comes before somebody listens. */
  start(handlers: LinkHandlers): void {
    this.#handlers = handlers;
    if (this.#closed) handlers.onClose(this.#error);
    else {
      this.#port.on('message', (posted: unknown) => {
        if (posted instanceof ArrayBuffer) this.#deliver(() => this.#reader.push(Buffer.from(posted)));
        else if (Array.isArray(posted)) this.#deliver(() => this.#handOut(posted as ArrayBuffer[]));
      });
    }
  }

  pause(): void {
    this.#paused = true;
    this.#reader.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#deliver(() => this.#reader.resume());
    if (this.#closed && !this.#paused) this.#tell();
  }

  close(): void {
    this.#cork.flush();
    this.destroy();
  }

  destroy(): void {
    if (this.#closing) return;
    this.#stop();
    this.#port.close();
  }

  ref(): void {
    this.#port.ref();
  }

  unref(): void {
    this.#port.unref();
  }

  #post(bytes: Buffer): boolean {
    // Only memory that is wholly ours may change hands; a cork's buffer is mostly room, so small batches are copied.
    const whole = bytes.byteLength === bytes.buffer.byteLength ? bytes : Uint8Array.prototype.slice.call(bytes);
    this.#port.postMessage(whole.buffer, [whole.buffer as ArrayBuffer]);
    queueMicrotask(() => this.#drained());
    return whole !== bytes;
  }

  #handOut(buffers: readonly ArrayBuffer[]): void {
    const [frame, ...memory] = buffers.map((buffer) => Buffer.from(buffer));
    if (frame !== undefined) this.#reader.whole(frame, memory);
  }

  #drained(): void {
    if (!this.#closing && this.pendingBytes === 0) this.#handlers?.onDrain?.();
  }

  #deliver(read: () => void): void {
    if (this.#closing) return;
    try {
      read();
      if (!this.#closing) this.#handlers?.onBatchEnd?.();
    } catch (error) {
      this.#error ??= error instanceof Error ? error : new Error(String(error));
      this.destroy();
    }
  }

  #stop(): void {
    this.#closing = true;
    this.#reader.stop();
    this.#cork.discard();
  }

  #ended(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (!this.#paused || this.#closing) this.#tell();
  }

  #tell(): void {
    this.#stop();
    const handlers = this.#handlers;
    this.#handlers = undefined;
    handlers?.onClose(this.#error);
  }
}

const NONE: readonly never[] = [];
