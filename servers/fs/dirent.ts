import type { EntryType } from '../vfs/index.ts';

/** As `fs.Dirent`. */
export class Dirent<Name extends string | Buffer = string | Buffer> {
  readonly name: Name;
  /** The directory it stands in, as the caller named that. */
  readonly parentPath: string;
  /** The same, by the name it had before. */
  readonly path: string;
  readonly #type: EntryType;

  constructor(name: Name, parentPath: string, type: EntryType) {
    this.name = name;
    this.parentPath = this.path = parentPath;
    this.#type = type;
  }

  isFile(): boolean {
    return this.#type === 'file';
  }
  isDirectory(): boolean {
    return this.#type === 'directory';
  }
  isSymbolicLink(): boolean {
    return this.#type === 'symlink';
  }
  isFIFO(): boolean {
    return this.#type === 'fifo';
  }
  isSocket(): boolean {
    return this.#type === 'socket';
  }
  isCharacterDevice(): boolean {
    return this.#type === 'character';
  }
  isBlockDevice(): boolean {
    return this.#type === 'block';
  }
}
