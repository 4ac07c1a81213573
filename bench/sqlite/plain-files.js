import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import * as SQLite from 'wa-sqlite';
import { Base } from 'wa-sqlite/src/VFS.js';

/** Database and journal as files of their own, as SQLite has them where it runs on the system itself. */
export class PlainFilesVfs extends Base {
  name = 'plain-files';
  calls = 0;
  /** @type {Map<number, number>} */
  #open = new Map();
  #directory;

  /** @param {string} directory */
  constructor(directory) {
    super();
    this.#directory = directory;
  }

  /** @param {any} name @param {number} id @param {number} flags @param {DataView} outFlags */
  xOpen(name, id, flags, outFlags) {
    this.calls++;
    const path = join(this.#directory, name || `temporary-${id}`);
    if (!existsSync(path) && !(flags & SQLite.SQLITE_OPEN_CREATE)) return SQLite.SQLITE_CANTOPEN;
    this.#open.set(id, openSync(path, existsSync(path) ? 'r+' : 'w+'));
    outFlags.setInt32(0, flags, true);
    return SQLite.SQLITE_OK;
  }

  /** @param {number} id */
  xClose(id) {
    closeSync(this.#fd(id));
    return SQLite.SQLITE_OK;
  }

  /** @param {number} id @param {Uint8Array} into @param {number} offset */
  xRead(id, into, offset) {
    const count = readSync(this.#fd(id), into, 0, into.length, offset);
    into.fill(0, count);
    return count === into.length ? SQLite.SQLITE_OK : SQLite.SQLITE_IOERR_SHORT_READ;
  }

  /** @param {number} id @param {Uint8Array} data @param {number} offset */
  xWrite(id, data, offset) {
    writeSync(this.#fd(id), data, 0, data.length, offset);
    return SQLite.SQLITE_OK;
  }

  /** @param {number} id @param {number} length */
  xTruncate(id, length) {
    ftruncateSync(this.#fd(id), length);
    return SQLite.SQLITE_OK;
  }

  /** @param {number} id */
  xSync(id) {
    fdatasyncSync(this.#fd(id));
    return SQLite.SQLITE_OK;
  }

  /** @param {number} id @param {DataView} size */
  xFileSize(id, size) {
    size.setBigInt64(0, BigInt(fstatSync(this.#fd(id)).size), true);
    return SQLite.SQLITE_OK;
  }

  /** @param {string} name @param {number} syncDirectory */
  xDelete(name, syncDirectory) {
    this.calls++;
    unlinkSync(join(this.#directory, name));
    if (syncDirectory) {
      const fd = openSync(this.#directory, 'r');
      fsyncSync(fd);
      closeSync(fd);
    }
    return SQLite.SQLITE_OK;
  }

  /** @param {string} name @param {number} _flags @param {DataView} answer */
  xAccess(name, _flags, answer) {
    this.calls++;
    answer.setInt32(0, Number(existsSync(join(this.#directory, name))), true);
    return SQLite.SQLITE_OK;
  }

  /** @param {number} id */
  #fd(id) {
    this.calls++;
    return this.#open.get(id) ?? -1;
  }
}
