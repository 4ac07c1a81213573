import { isAbsolute } from 'node:path';

export type ServedFile = {
  /** Absolute: the pager may run in a process with another working directory. */
  path: string;
  /** Nobody can write to the object, and the file may be one that the pager must not write to. Default: false. */
  readOnly?: boolean;
  /** Bytes. A file that is not there is made, and one that is shorter made as long, as a hole that takes no room before it is written. */
  size?: number;
};

export type PagerFileOptions = {
  /** By the name under which each is checked in; a path alone is a file that is there, to read and write. */
  files: Readonly<Record<string, string | ServedFile>>;
};

export type CheckedFile = { name: string; path: string; readOnly: boolean; size: number | null };

/** @throws TypeError that names the file */
export function checkOptions(options: unknown): CheckedFile[] {
  const { files }: { files?: unknown } = Object(options);
  if (typeof files !== 'object' || files === null) throw new TypeError(OPTIONS_TEXT);
  return Object.entries(files).map(([name, file]: [string, unknown]) => {
    const {
      path,
      readOnly = false,
      size = null,
    }: { path?: unknown; readOnly?: unknown; size?: unknown } = typeof file === 'string'
      ? { path: file }
      : Object(file);
    const isSize = size === null || (Number.isSafeInteger(size) && Number(size) >= 0 && readOnly === false);
    if (typeof path !== 'string' || !isAbsolute(path) || typeof readOnly !== 'boolean' || !isSize)
      throw new TypeError(`${OPTIONS_TEXT}; '${name}' is not like that`);
    return { name, path, readOnly, size: size === null ? null : Number(size) };
  });
}

const OPTIONS_TEXT =
  'pager-file needs options { files: { NAME: path or { path, readOnly?, size? } } }: an absolute path, and bytes to make it as long, if it is not read-only';
