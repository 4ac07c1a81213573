import * as SQLite from 'wa-sqlite';
import { after } from './after.js';
import { SuspendingVfs } from './suspending-vfs.js';

/** The part of a VFS that works on open files: extents of a volume, or files of SQLite's own in memory. */
export class FileVfs extends SuspendingVfs {
  /** By SQLite's number of them. */
  open = new Map();

  constructor(name, volume) {
    super(name);
    this.volume = volume;
  }

  xRead(id, into, offset) {
    const shortOrNot = (isAll) => (isAll ? SQLite.SQLITE_OK : SQLite.SQLITE_IOERR_SHORT_READ);
    return this.answer(SQLite.SQLITE_IOERR_READ, () => after(this.open.get(id).read(into, offset), shortOrNot));
  }

  xWrite(id, data, offset) {
    return this.answer(SQLite.SQLITE_IOERR_WRITE, () => this.open.get(id).write(data, offset));
  }

  xTruncate(id, length) {
    return this.answer(SQLite.SQLITE_IOERR_TRUNCATE, () => this.open.get(id).truncate(length));
  }

  /** Lengths are no less the file's than its bytes: one flush for all. */
  xSync() {
    return this.answer(SQLite.SQLITE_IOERR_FSYNC, () => this.volume.sync());
  }

  xFileSize(id, size) {
    size.setBigInt64(0, BigInt(this.open.get(id).length), true);
    return SQLite.SQLITE_OK;
  }

  xClose() {
    return this.answer(SQLite.SQLITE_IOERR_CLOSE, () => this.volume.store());
  }

  /** What is written as one: SQLite gives each sector its own recovery. */
  xSectorSize() {
    return this.volume.blockSize;
  }
}
