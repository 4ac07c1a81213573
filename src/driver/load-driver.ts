import { IpcError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { type Driver, isDriver } from './define-driver.ts';

/**
 * Imports a driver module in this process.
 *
 * @throws IpcError EMODULE: there is no such module, it throws, it needs a loader, or it exports no driver.
 */
export async function loadDriver(host: Host, module: string): Promise<Driver> {
  let loaded: { default?: unknown };
  try {
    loaded = (await host.load(module)) as { default?: unknown };
  } catch (error) {
    throw new IpcError('EMODULE', `${module}: ${whyNot(error)}`, { op: 'open', object: module, cause: error });
  }
  if (isDriver(loaded.default)) return loaded.default;
  throw new IpcError('EMODULE', `${module} exports no driver; write \`export default defineDriver(…)\``, {
    op: 'open',
    object: module,
  });
}

function whyNot(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const text = error instanceof Error ? error.message : String(error);
  switch (code) {
    case 'ERR_MODULE_NOT_FOUND':
      return `the module, or one it imports, was not found; a path such as './x.js' starts at the working directory, new URL('./x.js', import.meta.url) at the file that says so (${text})`;
    case 'ERR_UNKNOWN_FILE_EXTENSION':
      return `Node cannot load this kind of file by itself; build it to JavaScript, or give the process a loader: execArgv: ['--import', 'tsx']`;
    default:
      return `the module failed while loading: ${text}`;
  }
}
