// The example's SQLite, for tests.
import { BlockVfs } from '../../../examples/sqlite/block-vfs.js';
import { Database } from '../../../examples/sqlite/database.js';
import { Volume } from '../../../examples/sqlite/volume.js';

export async function openDatabase(disk) {
  return Database.open(new BlockVfs(await Volume.on(disk)));
}

/** The database file's bytes, as they are on the device: for those who read files. */
export async function exportDatabase(disk) {
  const { main } = await Volume.on(disk);
  const bytes = Buffer.alloc(main.length);
  const piece = 65_536;
  for (let at = 0; at < bytes.length; at += piece) await main.read(bytes.subarray(at, at + piece), at);
  return bytes;
}
