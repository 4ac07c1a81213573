import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** All that is in a directory, one line each, by name: what it is, its permissions, what it holds. */
export function treeOf(directory: string, prefix = ''): string[] {
  return readdirSync(directory)
    .sort()
    .flatMap((name) => {
      const path = join(directory, name);
      const line = `${prefix}${name} ${describe(path)}`;
      return lstatSync(path).isDirectory() ? [line, ...treeOf(path, `${prefix}${name}/`)] : [line];
    });
}

function describe(path: string): string {
  const stats = lstatSync(path);
  const mode = (stats.mode & 0o7777).toString(8);
  const time = stats.mtimeMs < 1e10 ? stats.mtimeMs : 'now';
  if (stats.isSymbolicLink()) return `${time} -> ${readlinkSync(path)}`;
  if (stats.isDirectory()) return `directory ${mode} ${time}`;
  if (stats.isFile()) return `file ${mode} ${time} ${readFileSync(path, 'latin1')}`;
  return `other ${mode}`;
}
