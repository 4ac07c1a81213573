import { type Attributes, joinPath, pathBytes, pathOf } from '../vfs/index.ts';
import { failure, isRefusal } from './errors.ts';
import { randomName } from './random-name.ts';
import { askFile, type Server } from './server.ts';
import type { Target } from './target.ts';
import { writeAll } from './transfer.ts';

/**
 * Puts a file of these bytes in the place of what stands there, in one step: the bytes go into a file beside it, which then
 * takes the name. Whoever reads, or kills the server, finds the old file or the new one, whole. A file that was there keeps
 * its mode, and not its inode.
 *
 * Answers false, having done nothing, for what is no plain file: a link is written through, a directory refuses.
 */
export async function replaceFile(
  server: Server,
  target: Target,
  bytes: Uint8Array,
  { mode, sync }: { mode: number; sync: boolean },
): Promise<boolean> {
  const old = await attributesOf(server, target);
  if (target.isEmpty || target.slash || (old !== undefined && old.type !== 'file')) return false;
  const beside = besideOf(target);
  const how = { access: 'write', create: true, exclusive: true, mode: old?.mode ?? mode } as const;
  try {
    await server.using(beside, how, async ({ file }) => {
      // The server's umask is for new files.
      if (old !== undefined) await askFile('fchmod', () => file.chmod({ mode: old.mode }));
      const { error } = await writeAll(file, bytes, 0);
      if (error !== undefined) throw failure(error, 'write', 'file');
      if (sync) await askFile('fsync', () => file.sync({}));
    });
    await server.ask('open', beside, (vfs) => vfs.rename({ from: beside.path, to: target.path }));
  } catch (error) {
    await server.ask('unlink', beside, (vfs) => vfs.unlink({ path: beside.path })).catch(() => undefined);
    throw error;
  }
  return true;
}

async function attributesOf(server: Server, target: Target): Promise<Attributes | undefined> {
  try {
    return await server.ask('open', target, (vfs) => vfs.stat({ path: target.path }));
  } catch (error) {
    if (isRefusal(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/**
 * A name that git takes for a leftover of its own, should one be left by a death: among its objects because of how it
 * begins, among its refs because of how it ends. Errors show the path that was asked for.
 */
function besideOf(target: Target): Target {
  const bytes = pathBytes(target.path);
  const directory = pathOf(bytes.subarray(0, Math.max(0, bytes.lastIndexOf('/'))));
  return { ...target, path: joinPath(directory, `tmp_obj_${randomName()}.lock`) };
}
