import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { boot } from '../support/easync.js';

const CLI = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));

/**
 * Brokers by these names, a pager that serves all of them, and this process as a task of each. `way` says whether all of them do
 * without koffi.
 *
 * @param {string} way
 * @param {{ brokers?: readonly string[]; cachePages?: number; pager: URL; options?: object }} plan
 */
export async function startWorld(way, { brokers = ['east'], cachePages = 16_384, pager, options = {} }) {
  if (way.includes('without koffi')) process.env['EASYNC_NATIVE'] = '0';
  const directory = mkdtempSync(join(tmpdir(), 'easync-bench-'));
  process.env['XDG_RUNTIME_DIR'] = directory;
  const children = [];
  for (const name of brokers)
    children.push(await start('broker', '--json', '--name', name, '--limit', `cachePages=${cachePages}`));
  const served = brokers.flatMap((name) => ['--broker', name]);
  children.push(
    await start(
      'run',
      fileURLToPath(pager),
      '--json',
      '--name',
      'pager',
      '--options',
      JSON.stringify(options),
      ...served,
    ),
  );
  const systems = await Promise.all(brokers.map((broker) => boot({ broker, check: false })));
  return {
    systems,
    pids: children.map(({ pid }) => Number(pid)),
    async close() {
      for (const system of systems) await system.dispose();
      for (const child of children.reverse()) {
        child.kill('SIGINT');
        await once(child, 'exit');
      }
      rmSync(directory, { recursive: true });
    },
  };
}

/**
 * The object of this name, mapped.
 *
 * @param {import('../support/easync.js').System} system
 * @param {string} name
 * @param {number} size
 */
export async function mapped(system, name, size) {
  const { port } = await system.names.lookUp({ name });
  const region = await system.task.vm.map(port, { size });
  port.deallocate();
  return region;
}

/**
 * Reads, and waits only where it has to.
 *
 * @param {import('../support/easync.js').Region} region
 * @param {number} offset
 * @param {Uint8Array} target
 */
export async function readInto(region, offset, target) {
  const waits = region.readInto(offset, target);
  if (waits !== undefined) await waits;
}

/** The easync command, once it says that it is there. @param {...string} args */
async function start(...args) {
  // So that --cpu-prof and the like, given to this process, see all of them.
  const child = spawn(process.execPath, [...process.execArgv, CLI, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await Promise.race([once(createInterface(child.stdout), 'line'), once(child, 'exit')]);
  if (typeof line !== 'string') throw new Error(`easync ${args.join(' ')} ended with ${line}`);
  return child;
}
