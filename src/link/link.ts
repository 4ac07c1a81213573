/**
 * A framed, ordered, two-way channel between two processes. A link knows where a frame ends and nothing of what it means.
 *
 * Frames sent in one tick leave in one write (they are corked). `send` takes the bytes it is given at once: the caller
 * may reuse its buffers when `send` returns. A received frame is a view that is valid only until `onFrame` returns; who
 * keeps it copies it, unless it fills an `ArrayBuffer` of its own: then the receiver has it for good.
 */
export interface Link {
  /** Sends one frame made of up to two parts. On a closed link it does nothing: `onClose` has said so. */
  send(head: Uint8Array, body?: Uint8Array): void;
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
  onFrame(frame: Buffer): void;
  /** After a batch of frames has been delivered: the moment to send answers in one write. */
  onBatchEnd?(): void;
  /** `pendingBytes` fell to zero after having been above it. */
  onDrain?(): void;
  /** Exactly once, whatever ended the link. `error` is absent after an orderly close by either side. */
  onClose(error?: Error): void;
};

export type Peer = { readonly pid: number; readonly uid: number; readonly gid: number };
