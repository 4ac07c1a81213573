import { type Attributes, type OpenHow, type Path, pathBytes, pathOf } from '../vfs/index.ts';
import { fsError, isRefusal } from './errors.ts';
import type { VfsStub } from './server.ts';
import type { Target } from './target.ts';

// What a slash, or `/.`, at the end of a path means depends on the call. The server's paths have none, so the client asks what is there
// before the call. Errors get their syscall and paths from whoever calls.

/** For calls that follow a last link: it leads to a directory. */
export async function requireDirectory(vfs: VfsStub, { path, slash }: Target): Promise<void> {
  if (slash) requireType(await vfs.stat({ path, follow: true }));
}

/** For calls on the name itself (`unlink`, `rmdir`, `rename`): a link is no directory. `.` is refused with `dotCode`. */
export function requireNamedDirectory(dotCode: string) {
  return async (vfs: VfsStub, { path, slash, dot }: Target): Promise<void> => {
    if (slash) requireType(await vfs.stat({ path, follow: dot }));
    if (dot) throw fsError(dotCode, 'stat');
  };
}

/** For calls that make a file: a name with a slash is a directory's, whatever is there. */
export async function requireFileName(vfs: VfsStub, { path, slash, dot }: Target, how: OpenHow): Promise<void> {
  if (!slash) return;
  requireType(await vfs.stat({ path: dot ? path : parentOf(path), follow: true }));
  throw fsError(dot && how.exclusive === true ? 'EEXIST' : 'EISDIR', 'open');
}

/** Of `rename`'s second path: nothing but a directory can take such a name, in the place of a directory or of nothing. */
export async function requireNameFor(vfs: VfsStub, from: Target, to: Target): Promise<void> {
  const { path, slash, dot } = to;
  if (dot) await requireNamedDirectory('EBUSY')(vfs, to);
  if (!slash) return;
  requireType(await vfs.stat({ path: parentOf(path), follow: true }));
  requireType(await vfs.stat({ path: from.path }));
  try {
    requireType(await vfs.stat({ path }));
  } catch (error) {
    if (!isRefusal(error, 'ENOENT')) throw error;
  }
}

/** Of `symlink`'s second path: what is there is in the way, and no link can be made under such a name. */
export async function requireLinkName(vfs: VfsStub, { path, slash, dot }: Target): Promise<void> {
  if (!slash) return;
  const there = await vfs.stat({ path, follow: dot });
  if (dot) requireType(there);
  throw fsError('EEXIST', 'symlink');
}

function requireType({ type }: Attributes): void {
  if (type !== 'directory') throw fsError('ENOTDIR', 'stat');
}

function parentOf(path: Path): Path {
  const bytes = pathBytes(path);
  return pathOf(bytes.subarray(0, Math.max(0, bytes.lastIndexOf('/'))));
}
