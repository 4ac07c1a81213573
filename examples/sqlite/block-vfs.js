import * as SQLite from 'wa-sqlite';
import { FileVfs } from './file-vfs.js';
import { TempFile } from './temp-file.js';

/** SQLite's files on a block device: one database and its rollback journal, for one connection, so that no lock is needed. */
export class BlockVfs extends FileVfs {
  constructor(volume) {
    super('easync-block', volume);
  }

  xOpen(_name, id, flags, outFlags) {
    const file = this.#fileFor(flags);
    if (!file.exists && !(flags & SQLite.SQLITE_OPEN_CREATE)) return SQLite.SQLITE_CANTOPEN;
    file.exists = true;
    this.open.set(id, file);
    outFlags.setInt32(0, flags, true);
    return SQLite.SQLITE_OK;
  }

  /** The end of its journal commits a transaction: that is on the medium before SQLite says so. */
  xDelete(name) {
    return this.answer(SQLite.SQLITE_IOERR_DELETE, () => {
      const file = this.#fileOf(name);
      return file?.exists ? this.volume.remove(file) : SQLite.SQLITE_IOERR_DELETE_NOENT;
    });
  }

  xAccess(name, _flags, answer) {
    answer.setInt32(0, Number(this.#fileOf(name)?.exists === true), true);
    return SQLite.SQLITE_OK;
  }

  #fileFor(flags) {
    if (flags & SQLite.SQLITE_OPEN_MAIN_DB) return this.volume.main;
    return flags & SQLite.SQLITE_OPEN_MAIN_JOURNAL ? this.volume.journal : new TempFile();
  }

  #fileOf(name) {
    if (name.endsWith('-journal')) return this.volume.journal;
    return name.endsWith('-wal') ? undefined : this.volume.main;
  }
}
