/**
 * A framed, ordered, two-way channel between two processes. A link knows where a frame ends, and where the out-of-line memory
 * at its end begins, and nothing of what it means.
 *
 * Frames sent in one tick leave in one write (they are corked). `send` takes head and body at once: the caller may reuse
 * its buffers when `send` returns. A received frame is a view that is valid only until `onFrame` returns; who keeps it
 * copies it, unless it fills an `ArrayBuffer` of its own: then the receiver has it for good.
 *
 * Memory changes hands without a copy where it can. Each piece fills an `ArrayBuffer` of its own. What is sent is read until it
 * has left: nobody may write to it before `onLeft` was called, and a link to a thread, which takes it away, never calls that.
 * What is received is the receiver's.
 */
export interface Link {
  /**
   * Sends one frame: head, body, and the memory that its descriptors announce. On a closed link it does nothing: `onClose`
   * has said so.
   */
  send(head: Uint8Array, body?: Uint8Array, memory?: readonly Uint8Array[], onLeft?: () => void): void;
  /** Starts delivery. Frames that came before are delivered in order. To be called once. */
  start(handlers: LinkHandlers): void;
  /** Delivers nothing more until `resume`, not even of the batch under way. What the peer sends meanwhile waits, its end too. */
  pause(): void;
  resume(): void;
  /** Pushes corked frames out now instead of at the end of the tick. */
  flush(): void;
  /** Bytes accepted by `send` and not yet taken by the peer's system. */
  readonly pendingBytes: number;
  /** Sends what is corked, then closes. Idempotent. */
  close(): void;
  /** Cuts the link without sending what is corked, as a killed process would. Idempotent. */
  destroy(): void;
  /** Whether the link keeps this process alive. */
  ref(): void;
  unref(): void;
  /** The process at the other end, where the system tells. */
  readonly peer: Peer | undefined;
}

export type LinkHandlers = {
  onFrame(frame: Buffer, memory: readonly Uint8Array[]): void;
  /** After a batch of frames has been delivered: the moment to send answers in one write. */
  onBatchEnd?(): void;
  /** `pendingBytes` fell to zero after having been above it. */
  onDrain?(): void;
  /** Exactly once, whatever ended the link. `error` is absent after an orderly close by either side. */
  onClose(error?: Error): void;
};

export type Peer = { readonly pid: number; readonly uid: number; readonly gid: number };
