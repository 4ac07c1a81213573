import { constants } from 'node:fs';

import { type Attributes, joinPath, type OpenHow, type Path, pathBytes, pathOf } from '../vfs/index.ts';
import { isRefusal } from './errors.ts';
import { randomName } from './random-name.ts';
import { askFile, type Opened, type Server } from './server.ts';
import type { Target } from './target.ts';
import type { FileStub } from './transfer.ts';

/**
 * Puts a new file in the place of what stands there, in one step: `fill` writes a file beside it, which then takes the name.
 * Whoever reads, or kills the server, finds the old file or the new one, whole. A file that was there keeps its mode, and not
 * its inode; of a link it is the file it leads to.
 *
 * Answers false, with nothing changed, where it has to be written in place: it is no plain file, or has more names than
 * one, may not be written, is somebody else's, or no file can be made beside it.
 */
export async function replaceFile(
  server: Server,
  target: Target,
  mode: number,
  fill: (file: FileStub) => Promise<void>,
): Promise<boolean> {
  if (target.isEmpty || target.slash) return false;
  const old = await oldAt(server, target);
  if (old === IN_PLACE) return false;
  const path = old?.path ?? target.path;
  const beside = { ...target, path: besideOf(path) };
  const opened = await openBeside(server, beside, old?.attributes.mode ?? mode);
  if (opened === null) return false;
  const { file } = opened;
  try {
    // The server's umask is for new files.
    if (old !== undefined && !(await isLike(file, old.attributes))) return await removed(server, beside);
    await fill(file);
    await askFile('close', () => file.close());
    await server.ask('open', beside, (vfs) => vfs.rename({ from: beside.path, to: path }));
    return true;
  } catch (error) {
    await removed(server, beside).catch(() => undefined);
    // Where the name cannot be taken from what has it, as from a mount point, that can be written still.
    if (isOneOf(error, NOT_BESIDE) || isRefusal(error, 'EBUSY')) return false;
    throw error;
  } finally {
    file[Symbol.dispose]();
  }
}

type Old = { path: Path; attributes: Attributes };

const IN_PLACE = Symbol('written in place');

/** What is there and can be replaced; undefined for nothing. What is wrong with it opening says best, so errors are left to that. */
async function oldAt(server: Server, target: Target): Promise<Old | undefined | typeof IN_PLACE> {
  let { path } = target;
  try {
    let attributes = await server.ask('open', target, (vfs) => vfs.stat({ path }));
    return await server
      .ask('open', target, async (vfs) => {
        if (attributes.type === 'symlink') {
          ({ path } = await vfs.realpath({ path }));
          attributes = await vfs.stat({ path });
        }
        if (attributes.type !== 'file' || attributes.nlink > 1) return IN_PLACE;
        await vfs.access({ path, mode: constants.W_OK });
        return { path, attributes };
      })
      .catch((): typeof IN_PLACE => IN_PLACE);
  } catch (error) {
    return isRefusal(error, 'ENOENT') ? undefined : IN_PLACE;
  }
}

async function openBeside(server: Server, beside: Target, mode: number): Promise<Opened | null> {
  const how: OpenHow = { access: 'write', create: true, exclusive: true, mode };
  try {
    return await server.open(beside, how);
  } catch (error) {
    if (isOneOf(error, NOT_BESIDE)) return null;
    throw error;
  }
}

/** What a directory says in which no file can be made while files in it may be writable. */
const NOT_BESIDE = ['EACCES', 'EPERM', 'EROFS', 'EEXIST', 'ENAMETOOLONG'];

function isOneOf(error: unknown, codes: readonly string[]): boolean {
  return codes.some((code) => isRefusal(error, code));
}

/** Gives the new file the old one's mode; it cannot give it another owner. */
async function isLike(file: FileStub, old: Attributes): Promise<boolean> {
  const { uid, gid, mode } = await askFile('fstat', () => file.stat());
  if (uid !== old.uid || gid !== old.gid) return false;
  if (mode !== old.mode) await askFile('fchmod', () => file.chmod({ mode: old.mode }));
  return true;
}

/** Answers false, for whoever goes on in place. */
async function removed(server: Server, beside: Target): Promise<false> {
  await server.ask('unlink', beside, (vfs) => vfs.unlink({ path: beside.path }));
  return false;
}

/**
 * A name that tells whose it is, should a death leave it, and that git takes for a leftover of its own: among its objects
 * because of how it begins, among its refs because of how it ends.
 */
function besideOf(path: Path): Path {
  const bytes = pathBytes(path);
  const slash = bytes.lastIndexOf('/');
  const end = `.easync-tmp-${randomName()}.lock`;
  const name = bytes.subarray(slash + 1).subarray(0, MAX_NAME - BEGINNING.length - end.length);
  const beside = pathOf(Buffer.concat([BEGINNING, name, Buffer.from(end)]));
  return joinPath(pathOf(bytes.subarray(0, Math.max(0, slash))), beside);
}

const BEGINNING = Buffer.from('tmp_obj_');

/** Bytes, on every file system that a server is likely to have below it. */
const MAX_NAME = 255;
