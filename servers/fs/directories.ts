import { bind } from 'easync';

import { type Entry, Listing, type Path, pathBytes } from '../vfs/index.ts';
import { Dirent } from './dirent.ts';
import { fsError, isRefusal } from './errors.ts';
import { modeOf } from './flags.ts';
import { encodedPath, flagOf, optionsOf } from './options.ts';
import { randomName } from './random-name.ts';
import type { Server } from './server.ts';
import { below, type Target, targetOf } from './target.ts';
import { wrongType } from './wrong-call.ts';

export async function readdir(server: Server, path: unknown, given?: unknown): Promise<unknown[]> {
  const options = optionsOf(given);
  const target = targetOf(path);
  const withTypes = flagOf(options, 'withFileTypes');
  const found = await walk(server, target, flagOf(options, 'recursive'), !withTypes);
  return found.map(({ directory, names, type }) => {
    if (!withTypes) return encodedPath(names.reduce(joined), options);
    return new Dirent(encodedPath(names.at(-1) ?? '', options), directory.shown, type);
  });
}

/** The entries of one directory; behind a link only with `follow`. */
export async function entriesOf(server: Server, target: Target, follow: boolean): Promise<Entry[]> {
  return server.ask('scandir', target, async (vfs) => {
    const { entries, rest } = await vfs.readdir({ path: target.path, follow });
    if (rest === null) return entries;
    using listing = bind(Listing, rest);
    const all = [...entries];
    for (let page = await listing.next(); page.length > 0; page = await listing.next()) all.push(...page);
    return all;
  });
}

export async function mkdir(server: Server, path: unknown, given?: unknown): Promise<string | undefined> {
  const options = typeof given === 'number' || typeof given === 'string' ? { mode: given } : optionsOf(given);
  const asked = targetOf(path);
  const isRecursive = flagOf(options, 'recursive');
  const target = { ...asked, slash: asked.dot && !isRecursive };
  const how = { mode: modeOf(options['mode' as keyof typeof options], 0o777) };
  if (!isRecursive) {
    await server.ask('mkdir', target, (vfs) => vfs.mkdir({ path: target.path, ...how }));
    return undefined;
  }
  const made = await server.ask('mkdir', target, () => makeAll(server, target, target, how));
  return made === undefined ? undefined : `/${pathBytes(made).toString()}`;
}

export async function mkdtemp(server: Server, prefix: unknown, given?: unknown): Promise<string | Buffer> {
  const options = optionsOf(given);
  if (typeof prefix !== 'string' && !(prefix instanceof Uint8Array) && !(prefix instanceof URL)) {
    throw wrongType('prefix', 'of type string or an instance of Buffer or URL', prefix);
  }
  const { shown } = targetOf(prefix, 'prefix');
  for (;;) {
    const target = targetOf(shown + randomName());
    try {
      await server.ask('mkdtemp', target, (vfs) => vfs.mkdir({ path: target.path, mode: 0o700 }));
      return encodedPath(target.shown, options);
    } catch (error) {
      if (!isRefusal(error, 'EEXIST')) throw error;
    }
  }
}

/**
 * A directory and everything below it. Links are not followed, also where one has taken the place of a directory since that
 * was listed: it refuses then, ENOTDIR.
 */
export async function removeAll(server: Server, target: Target): Promise<void> {
  for (const { name, type } of await entriesOf(server, target, false)) {
    const child = below(target, name);
    if (type === 'directory') await removeAll(server, child);
    else await server.ask('unlink', child, (vfs) => vfs.unlink({ path: child.path }));
  }
  await server.ask('rmdir', target, (vfs) => vfs.rmdir({ path: target.path }));
}

type FoundEntry = { directory: Target; names: Path[]; type: Entry['type'] };

/** Node goes into directories behind links only when it is not asked for types. */
async function walk(server: Server, root: Target, recursive: boolean, follow: boolean): Promise<FoundEntry[]> {
  const found: FoundEntry[] = [];
  const ahead: { directory: Target; names: Path[] }[] = [{ directory: root, names: [] }];
  for (let next = ahead.pop(); next !== undefined; next = ahead.pop()) {
    const { directory, names } = next;
    for (const { name, type } of await entriesOf(server, directory, true)) {
      found.push({ directory, names: [...names, name], type });
      const child = below(directory, name);
      if (!recursive) continue;
      if (type !== 'directory' && !(follow && type === 'symlink' && (await isDirectory(server, child)))) continue;
      ahead.push({ directory: child, names: [...names, name] });
    }
  }
  return found;
}

async function isDirectory(server: Server, target: Target): Promise<boolean> {
  try {
    const { type } = await server.ask('stat', target, (vfs) => vfs.stat({ path: target.path, follow: true }));
    return type === 'directory';
  } catch (error) {
    if (isRefusal(error, 'ENOENT') || isRefusal(error, 'ELOOP') || isRefusal(error, 'ENOTDIR')) return false;
    throw error;
  }
}

/** Makes what is missing of a path, from the top; answers the first directory it made. */
async function makeAll(
  server: Server,
  target: Target,
  asked: Target,
  how: { mode: number },
): Promise<Path | undefined> {
  try {
    await server.ask('mkdir', target, (vfs) => vfs.mkdir({ path: target.path, ...how }));
    return target.path;
  } catch (error) {
    if (isRefusal(error, 'EEXIST')) {
      await mustBeDirectory(server, target, asked);
      return undefined;
    }
    if (!isRefusal(error, 'ENOENT') || target.path.length === 0) throw error;
  }
  const made = await makeAll(server, parentOf(target), asked, how);
  await server.ask('mkdir', asked, (vfs) => vfs.mkdir({ path: target.path, ...how }));
  return made ?? target.path;
}

/** Of what was in the way of `mkdir`. Node tells more of it where it is the very path that was asked for. */
async function mustBeDirectory(server: Server, target: Target, asked: Target): Promise<void> {
  if (target !== asked) {
    if (await isDirectory(server, target)) return;
    throw fsError('ENOTDIR', 'mkdir', { path: asked.shown });
  }
  const { type } = await server.ask('mkdir', asked, (vfs) => vfs.stat({ path: target.path, follow: true }));
  if (type !== 'directory') throw fsError('EEXIST', 'mkdir', { path: asked.shown });
}

function parentOf(target: Target): Target {
  const bytes = pathBytes(target.path);
  return targetOf(Buffer.concat([SLASH, bytes.subarray(0, Math.max(0, bytes.lastIndexOf(SLASH)))]));
}

function joined(before: Path, name: Path): Path {
  if (typeof before === 'string' && typeof name === 'string') return `${before}/${name}`;
  return Buffer.concat([pathBytes(before), SLASH, pathBytes(name)]);
}

const SLASH = Buffer.from('/');
