import { Socket } from 'node:net';

/**
 * The floor's transport, as tight as plain `node:net` gets: a u32 length and as many bytes, read into one reused buffer
 * (`onread`), the frames of one turn in one write. `onFrame` gets a view that is valid only while it runs, unless the frame
 * came in pieces.
 */
export class FramedSocket {
  /**
   * @param {(onread: import('node:net').OnReadOpts) => Socket} make
   * @param {(frame: Buffer) => void} onFrame
   */
  constructor(make, onFrame) {
    this.onFrame = onFrame;
    this.cork = Buffer.allocUnsafeSlow(BUFFER_BYTES);
    this.corked = 0;
    this.scheduled = false;
    /** @type {Buffer | undefined} A frame that is not complete yet, its length prefix in front. */
    this.partial = undefined;
    this.partialFilled = 0;
    this.prefix = Buffer.alloc(4);
    this.prefixFilled = 0;
    const buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
    this.socket = make({
      buffer,
      callback: (length) => {
        this.#read(buffer.subarray(0, length));
        // What was sent while reading leaves now; what promise jobs are about to send leaves in the next tick.
        this.#flush();
        return true;
      },
    });
  }

  /** @param {Uint8Array} bytes Copied if small; else it must stay as it is until it has left. */
  send(bytes) {
    if (bytes.length + 4 > BUFFER_BYTES - this.corked) this.#flush();
    if (bytes.length + 4 > BUFFER_BYTES) {
      const prefix = Buffer.alloc(4);
      prefix.writeUInt32LE(bytes.length);
      this.socket.cork();
      this.socket.write(prefix);
      this.socket.write(bytes);
      this.socket.uncork();
      return;
    }
    this.corked = this.cork.writeUInt32LE(bytes.length, this.corked);
    this.cork.set(bytes, this.corked);
    this.corked += bytes.length;
    if (this.scheduled) return;
    this.scheduled = true;
    queueMicrotask(() => process.nextTick(() => this.#flush()));
  }

  #flush() {
    this.scheduled = false;
    if (this.corked === 0) return;
    this.socket.write(this.cork.subarray(0, this.corked));
    this.corked = 0;
    if (this.socket.writableLength > 0) this.cork = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  }

  /** @param {Buffer} chunk */
  #read(chunk) {
    let at = 0;
    while (at < chunk.length) {
      if (this.partial !== undefined) {
        const copied = chunk.copy(this.partial, this.partialFilled, at);
        at += copied;
        this.partialFilled += copied;
        if (this.partialFilled < this.partial.length) return;
        const whole = this.partial;
        this.partial = undefined;
        this.onFrame(whole);
        continue;
      }
      const copied = chunk.copy(this.prefix, this.prefixFilled, at, at + 4 - this.prefixFilled);
      at += copied;
      this.prefixFilled += copied;
      if (this.prefixFilled < 4) return;
      this.prefixFilled = 0;
      const length = this.prefix.readUInt32LE();
      if (chunk.length - at >= length) {
        at += length;
        this.onFrame(chunk.subarray(at - length, at));
      } else {
        this.partial = Buffer.allocUnsafeSlow(length);
        this.partialFilled = 0;
      }
    }
  }
}

const BUFFER_BYTES = 64 * 1024;

/**
 * Node offers `onread` only to sockets that connect, so the handle of an accepted one moves into a socket that has it.
 *
 * @param {Socket} accepted Paused since it was accepted.
 * @param {import('node:net').OnReadOpts} onread
 */
export function readingInto(accepted, onread) {
  const handle = Reflect.get(accepted, '_handle');
  Reflect.set(accepted, '_handle', null);
  accepted.destroy();
  const socket = new Socket(/** @type {object} */ ({ handle, onread }));
  socket.resume();
  return socket;
}
