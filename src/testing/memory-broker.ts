import { attachSystem } from '../boot/boot.ts';
import type { System } from '../boot/system.ts';
import { Broker } from '../broker/broker.ts';
import { startServices } from '../broker/services.ts';
import type { Child, Host } from '../host/host.ts';
import { realHost } from '../host/real.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import { memoryLinkPair } from '../link/memory-link.ts';
import { taskHere, warn } from './task-here.ts';

export type MemoryBroker = {
  attach(label: string): Promise<System>;
  stop(): Promise<void>;
};

/** A broker in this process, on real time, whose tasks are all here too: nothing but memory lies between them. */
export async function startMemoryBroker(): Promise<MemoryBroker> {
  const host = memoryHost();
  const broker = new Broker(host, DEFAULT_LIMITS);
  const grants = await startServices(broker, {
    driverEntry: '',
    bootstrapModule: new URL('../../servers/bootstrap/index.js', import.meta.url).href,
    socket: null,
    peerCredentials: false,
    warn,
  });
  return {
    attach(label) {
      const { a, b } = memoryLinkPair(host);
      broker.accept(b, grants);
      const onOutput = (driver: string, _stream: string, line: string): void => warn(`${driver}: ${line}`);
      return attachSystem(host, a, {
        limits: DEFAULT_LIMITS,
        label,
        check: true,
        threadEntry: null,
        placements: {},
        onOutput,
      });
    },
    async stop() {
      broker.close();
      await broker.children.gone();
    },
  };
}

/** The real host, but for its processes: each is a task here. */
function memoryHost(): Host {
  const host: Host = { ...realHost(), spawn: () => Promise.resolve(spawn()) };
  return host;

  function spawn(): Child {
    const { a, b } = memoryLinkPair(host);
    return {
      pid: process.pid,
      link: a,
      exited: taskHere(host, b, DEFAULT_LIMITS, () => undefined),
      kill: () => b.destroy(),
    };
  }
}
