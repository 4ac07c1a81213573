import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import * as SQLite from 'wa-sqlite';
// oxlint-disable-next-line no-restricted-imports -- the other package's, which has no shorter name for it
import newModule from 'wa-sqlite/dist/wa-sqlite-async.mjs';

const WASM = createRequire(import.meta.url).resolve('wa-sqlite/dist/wa-sqlite-async.wasm');

/** One connection to the database of a VFS, in an SQLite of its own. */
export class Database {
  #sqlite;
  #vfs;
  #db;

  static async open(vfs) {
    const sqlite = SQLite.Factory(await newModule({ wasmBinary: readFileSync(WASM) }));
    sqlite.vfs_register(vfs);
    const flags = SQLite.SQLITE_OPEN_CREATE | SQLite.SQLITE_OPEN_READWRITE;
    return new Database(sqlite, vfs, await sqlite.open_v2('main', flags, vfs.name));
  }

  constructor(sqlite, vfs, db) {
    this.#sqlite = sqlite;
    this.#vfs = vfs;
    this.#db = db;
  }

  /** Runs the statements of `sql`, once for each array of parameters, and answers all rows. */
  async run(sql, ...parameters) {
    const rows = [];
    try {
      for await (const statement of this.#sqlite.statements(this.#db, sql)) {
        for (const values of parameters.length === 0 ? [[]] : parameters) {
          this.#sqlite.bind_collection(statement, values);
          while ((await this.#sqlite.step(statement)) === SQLite.SQLITE_ROW) rows.push(this.#sqlite.row(statement));
          await this.#sqlite.reset(statement);
        }
      }
    } catch (error) {
      error.cause = this.#vfs.lastError;
      throw error;
    }
    return rows;
  }

  async close() {
    await this.#sqlite.close(this.#db);
  }
}
