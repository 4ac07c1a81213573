import { closeSync, openSync } from 'node:fs';
import { libc, MAP_FAILED, MAP_SHARED, PROT_READ_WRITE } from '../../src/os/libc.ts';
import { WORDS_END } from './second/futex-words.ts';

/** Whether this machine lends us a foreign function: mapping takes one, and there is nothing of it in Node. */
export const MAPS = libc() !== undefined && process.env['EASYNC_NATIVE'] !== '0';

/** The words of an object's memory, mapped until this process ends. */
export function mapWords(path: string): Uint32Array {
  const functions = libc();
  if (functions === undefined) throw new Error('nothing maps here');
  const file = openSync(path, 'r+');
  const address = functions.mmap(null, WORDS_END, PROT_READ_WRITE, MAP_SHARED, file, 0);
  closeSync(file);
  if (address === MAP_FAILED) throw new Error(`${path} cannot be mapped: ${functions.error()}`);
  return new Uint32Array(functions.view(address, WORDS_END));
}
