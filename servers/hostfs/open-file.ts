import { closeSync, fstatSync } from 'node:fs';

import type { Attributes, Path } from '../vfs/index.ts';
import { attributesOf } from './attributes.ts';
import { readAt } from './read-at.ts';
import { systemError, refusing } from '../vfs/refusal.ts';

/**
 * One open file; owns the descriptor. After `close` every call is refused with ESTALE: the number may by then belong to a
 * file that nobody here was given.
 */
export class OpenFile {
  #fd: number | undefined;
  /** As the client spelled it, for errors. */
  readonly #path: Path;

  constructor(fd: number, path: Path) {
    this.#fd = fd;
    this.#path = path;
  }

  read(offset: number, length: number): Uint8Array {
    return refusing('read', this.#path, () => readAt(this.#descriptor(), offset, length));
  }

  stat(): Attributes {
    return refusing('stat', this.#path, () => attributesOf(fstatSync(this.#descriptor())));
  }

  /** Idempotent. */
  close(): void {
    if (this.#fd === undefined) return;
    const fd = this.#fd;
    this.#fd = undefined;
    closeSync(fd);
  }

  #descriptor(): number {
    if (this.#fd === undefined) throw systemError('ESTALE');
    return this.#fd;
  }
}
