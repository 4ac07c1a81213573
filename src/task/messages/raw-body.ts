import type { BodyRight } from '../rights/body-right.ts';

/** The body of a raw message that carries rights: which they are is between its two ends, like the bytes. */
export class RawBody {
  readonly bytes: Uint8Array;
  readonly rights: readonly BodyRight[];

  constructor(bytes: Uint8Array, rights: readonly BodyRight[]) {
    this.bytes = bytes;
    this.rights = rights;
  }
}
