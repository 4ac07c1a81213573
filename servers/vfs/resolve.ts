import { splitPath } from './names.ts';
import { systemError } from './refusal.ts';

/** What stands under a name: `other` is whatever is neither a directory nor a symbolic link. */
export type Found = 'directory' | 'other' | 'missing' | { link: Buffer };

/**
 * The names under which the file system itself has what `names` lead to: as in POSIX, but that nothing leads above the root.
 * An absolute target starts at it, and its `..` is itself. Only the last of the names may be missing; if it is a symbolic
 * link, `follow` says whether it is taken for its target.
 *
 * Calls `lookup` with names that hold no link but in the last place: all others were told to be directories, each by a call
 * with the names up to it, so that who remembers those calls has to look up the last name only. Who serves something that others
 * change meanwhile can take the answer for no more than a proposal, to be walked without following anything.
 *
 * @throws the system's error: ENOENT, ENOTDIR, ELOOP, and what `lookup` throws
 */
export function resolve(
  names: readonly Buffer[],
  lookup: (names: readonly Buffer[]) => Found,
  follow: boolean,
): Buffer[] {
  let reached: Buffer[] = [];
  let links = 0;
  /** In reverse: the next name is the last. */
  const ahead = names.toReversed();
  for (let name = ahead.pop(); name !== undefined; name = ahead.pop()) {
    // What was reached is a directory, else nothing could be ahead: an empty name, of a target like `a/` or `a//b`, is a `.`.
    if (name.length === 0 || name.equals(DOT)) continue;
    if (name.equals(DOT_DOT)) {
      reached.pop();
      continue;
    }
    reached.push(name);
    const isLast = ahead.length === 0;
    if (isLast && !follow) break;
    const found = lookup(reached);
    if (found === 'directory' || (isLast && typeof found === 'string')) continue;
    if (typeof found === 'string') throw systemError(found === 'missing' ? 'ENOENT' : 'ENOTDIR');
    links++;
    if (links > MAX_LINKS) throw systemError('ELOOP');
    if (found.link.length === 0) throw systemError('ENOENT');
    reached.pop();
    if (found.link[0] === SLASH) reached = [];
    ahead.push(...splitPath(found.link).reverse());
  }
  return reached;
}

/** Linux's number; POSIX asks for 8 at least. */
const MAX_LINKS = 40;

const SLASH = 0x2f;
const DOT = Buffer.from('.');
const DOT_DOT = Buffer.from('..');
