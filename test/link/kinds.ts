import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { realHost } from '../../src/host/real.ts';
import { DEFAULT_LIMITS } from '../../src/limits.ts';
import type { Link } from '../../src/link/link.ts';
import { deferred } from './deferred.ts';
import { memoryLinkPair } from '../../src/link/memory-link.ts';
import { portLink } from '../../src/link/port-link.ts';
import { splitRoutes } from '../../src/link/routes.ts';

export type Ends = { a: Link; b: Link };

/** Every kind of link, as two ends in this process. */
export const LINK_KINDS: Record<string, () => Promise<Ends>> = {
  socket: () => socketPair(),
  memory: () => Promise.resolve(memoryLinkPair(realHost())),
  port: () => {
    const { port1, port2 } = new MessageChannel();
    return Promise.resolve({ a: portLink(port1, DEFAULT_LIMITS), b: portLink(port2, DEFAULT_LIMITS) });
  },
  route: async () => {
    const { a, b } = await socketPair();
    return { a: oneRoute(a), b: oneRoute(b) };
  },
};

export async function socketPair(limits = DEFAULT_LIMITS): Promise<Ends> {
  const host = realHost(limits);
  const folder = await mkdtemp(join(tmpdir(), 'easync-link-'));
  const path = join(folder, 's');
  const accepted = deferred<Link>();
  const listener = await host.listen(path, accepted.resolve);
  const a = await host.connect(path);
  const b = await accepted.promise;
  await listener.close();
  await rm(folder, { recursive: true });
  return { a, b };
}

/** Route 7 of a link whose own route is idle. */
function oneRoute(link: Link): Link {
  const routes = splitRoutes(link, () => {});
  routes.main.start({ onFrame() {}, onClose() {} });
  return routes.open(7);
}
