import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { asPlacement, type Placement } from '../driver/index.ts';
import { IpcError } from '../errors.ts';

/** Where drivers run whose `open` does not say so: by name, and `'*'` for all others. */
export type Placements = { readonly [driver: string]: Placement };

/**
 * Reads what says where drivers run: a file of JSON like `{ "ramdisk": "process", "*": "inline" }`, or such an object.
 *
 * @throws IpcError EINVAL: the file cannot be read, is not JSON, or says something that is no placement.
 */
export async function readPlacements(source: string | URL | Placements): Promise<Placements> {
  if (typeof source === 'object' && !(source instanceof URL)) return checked(source, 'placements');
  const path = source instanceof URL ? fileURLToPath(source) : source;
  return checked(parsed(await contents(path), path), `placements file ${path}`);
}

export function placementOf(placements: Placements, driver: string): Placement {
  const own = (key: string): Placement | undefined => (Object.hasOwn(placements, key) ? placements[key] : undefined);
  return own(driver) ?? own('*') ?? 'inline';
}

async function contents(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw unusable(path, `cannot be read: ${textOf(cause)}; name another, or none (EASYNC_PLACEMENTS)`, cause);
  }
}

function parsed(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw unusable(path, `is not JSON: ${textOf(cause)}`, cause);
  }
}

function checked(value: unknown, what: string): Placements {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const text = `${what}: must be an object like { "ramdisk": "process", "*": "inline" }, not ${JSON.stringify(value)}`;
    throw new IpcError('EINVAL', text, { op: 'boot' });
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, placement]) => [key, asPlacement(placement, 'boot', `${what}: "${key}"`)]),
  );
}

function unusable(path: string, why: string, cause: unknown): IpcError {
  return new IpcError('EINVAL', `placements file ${path} ${why}`, { op: 'boot', object: path, cause });
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
