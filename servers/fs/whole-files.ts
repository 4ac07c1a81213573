import { constants } from 'node:fs';

import type { OpenHow } from '../vfs/index.ts';
import { bytesOf, isChunks } from './data.ts';
import { failure, fsError, isRefusal } from './errors.ts';
import { flagsOf } from './flags.ts';
import { FileHandle } from './handle.ts';
import { checkSignal, encoded, flagOf, optionsOf } from './options.ts';
import { askFile, bindOpened, type Opened, type Server } from './server.ts';
import { requireFileName } from './slash.ts';
import { replaceFile } from './replace.ts';
import { targetOf } from './target.ts';
import { copyAll, type FileStub, readToEnd, writeAll } from './transfer.ts';
import { requireInteger } from './wrong-call.ts';

/** Where `open` is the client's own. */
type Open = (path: unknown, flags: unknown, mode: unknown) => Promise<FileHandle>;

export async function readFile(server: Server, path: unknown, given?: unknown): Promise<string | Buffer> {
  if (path instanceof FileHandle) return path.readFile(given);
  const options = optionsOf(given);
  const { how } = flagsOf(options['flag'] ?? 'r', undefined);
  const target = targetOf(path);
  checkSignal(options);
  // Node opens a directory and finds out when it reads; servers refuse at once.
  const opened = await server.open(target, how).catch((error: unknown) => {
    throw how.access === 'read' && isRefusal(error, 'EISDIR') ? fsError('EISDIR', 'read') : error;
  });
  using file = opened.file;
  const bytes = await askFile('read', () => readToEnd(file, 0, opened.size, () => checkSignal(options)));
  return encoded(bytes, options, 'buffer');
}

export async function writeFile(
  server: Server,
  open: Open,
  path: unknown,
  data: unknown,
  given: unknown,
  { fallback = 'w', atomic = false }: { fallback?: string; atomic?: boolean } = {},
): Promise<void> {
  const options = optionsOf(given);
  const flush = flagOf(options, 'flush');
  if (path instanceof FileHandle) return path.writeFile(data, options);
  const flag = options['flag'] || fallback;
  const { mode } = options;
  const encoding = options.encoding === 'buffer' ? 'utf8' : (options.encoding ?? 'utf8');
  const bytes = isChunks(data) ? null : bytesOf(data, encoding);
  checkSignal(options);
  if (bytes === null) {
    await using handle = await open(path, flag, mode);
    return await handle.writeFile(data, options);
  }
  const { how, sync } = flagsOf(flag, mode);
  const target = targetOf(path);
  const fill = async (file: FileStub): Promise<void> => {
    checkSignal(options);
    const { error } = await writeAll(file, bytes, how.append === true ? null : 0, () => checkSignal(options));
    if (error !== undefined) throw failure(error, 'write', 'file');
    if (flush || sync) await askFile('fsync', () => file.sync({}));
  };
  if (atomic && isPlainWrite(how) && (await replaceFile(server, target, how.mode ?? 0o666, fill))) return;
  await server.using(target, how, ({ file }) => fill(file));
}

/** That of flag `w`: whatever was there is gone after it, and a link is no matter. */
function isPlainWrite({ create, truncate, exclusive, append, follow }: OpenHow): boolean {
  return create === true && truncate === true && exclusive !== true && append !== true && follow !== false;
}

export async function copyFile(server: Server, src: unknown, dest: unknown, given?: unknown): Promise<void> {
  const from = targetOf(src, 'src');
  const to = targetOf(dest, 'dest');
  const mode = given === undefined || given === null ? 0 : requireInteger('mode', given, 0, 7);
  const open = async (path: typeof from.path, how: OpenHow): Promise<Opened> =>
    bindOpened(
      await server.ask(
        'copyfile',
        from,
        async (vfs) => {
          if (how.create === true) await requireFileName(vfs, to, how);
          return vfs.open({ path, ...how, follow: true });
        },
        to,
      ),
    );
  if ((mode & constants.COPYFILE_FICLONE_FORCE) === constants.COPYFILE_FICLONE_FORCE) {
    throw fsError('ENOTSUP', 'copyfile', { path: from.shown, dest: to.shown });
  }
  const source = await open(from.path, {});
  using original = source.file;
  const exclusive = (mode & constants.COPYFILE_EXCL) !== 0;
  const attributes = await original.stat();
  const { file } = await open(to.path, { access: 'write', create: true, exclusive, mode: attributes.mode });
  using copy = file;
  await server.ask(
    'copyfile',
    from,
    async () => {
      const already = await copy.stat();
      if (already.dev === attributes.dev && already.ino === attributes.ino) return;
      await copy.truncate({ length: 0 });
      await copy.chmod({ mode: attributes.mode });
      const { error } = await copyAll(original, copy, source.size);
      if (error !== undefined) throw error;
      await copy.close();
    },
    to,
  );
}

export async function truncate(server: Server, path: unknown, given: unknown = 0): Promise<void> {
  const target = targetOf(path);
  const length = Math.max(0, requireInteger('len', given, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER));
  await server.using(target, { access: 'both', follow: true }, ({ file }) =>
    askFile('ftruncate', () => file.truncate({ length })),
  );
}
