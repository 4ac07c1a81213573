import { createRequire } from 'node:module';
import { isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { IpcError } from '../errors.ts';

/**
 * What `open` takes for a module, as a URL: a URL, a path (absolute, or starting with `./` or `../`, against `cwd`), or a
 * package specifier as a program in `cwd` would import it.
 *
 * @throws IpcError EMODULE for a specifier that leads nowhere.
 */
export function resolveModule(module: string | URL, cwd: string): string {
  if (module instanceof URL) return module.href;
  if (/^(file|data|node):/.test(module)) return module;
  if (/^[a-z][a-z0-9+.-]*:/i.test(module))
    throw new IpcError('EMODULE', `${module}: a module's URL is a file:, data: or node: URL`, {
      op: 'open',
      object: module,
    });
  if (isAbsolute(module) || /^\.{1,2}\//.test(module)) return pathToFileURL(resolve(cwd, module)).href;
  for (const from of [join(cwd, 'x.js'), import.meta.url]) {
    try {
      return pathToFileURL(createRequire(from).resolve(module)).href;
    } catch (error) {
      if (from === import.meta.url) throw notFound(module, cwd, error);
    }
  }
  throw notFound(module, cwd, undefined);
}

function notFound(module: string, cwd: string, cause: unknown): IpcError {
  return new IpcError(
    'EMODULE',
    `no package '${module}' is installed for ${cwd}; install it, or write './${module}' for a file`,
    { op: 'open', object: module, cause },
  );
}
