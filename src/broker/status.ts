import type { BrokerStatus, PortStatus } from '../driver/index.ts';
import { TYPE } from '../kernel/index.ts';
import type { Broker } from './broker.ts';
import { Carried } from './carried.ts';

/** For `easync ps`. */
export function status(broker: Broker, access: { socket: string | null; peerCredentials: boolean }): BrokerStatus {
  const { tasks } = broker.kernel.inspect();
  return {
    pid: process.pid,
    incarnation: broker.incarnation,
    socket: access.socket,
    access: {
      directory: access.socket === null ? 'none' : 'checked 0700',
      peerCredentials: access.peerCredentials ? 'checked' : 'not available',
    },
    dead: broker.dead.size,
    tasks: tasks.map(({ task, names, queuedBytes }) => {
      const session = broker.sessions.get(task);
      return {
        task,
        label: session?.label ?? '',
        pid: session?.pid ?? 0,
        threadId: session?.threadId ?? 0,
        names: names.length,
        ports: names.filter(({ type }) => (type & TYPE.RECEIVE) !== 0).length,
        queuedBytes,
        sleepers: broker.sleeps.countOf(task),
      };
    }),
  };
}

/** For `easync ports`: every name of every task, or of one. */
export function portsStatus(broker: Broker, only: number | undefined): PortStatus[] {
  const { tasks, ports } = broker.kernel.inspect();
  const byId = new Map(ports.map((port) => [port.port, port]));
  const now = broker.host.now();
  return tasks
    .filter(({ task }) => only === undefined || task === only)
    .flatMap(({ task, names }) =>
      names.map(({ name, type, urefs, port: id }) => {
        const port = id === null ? undefined : byId.get(id);
        return {
          task,
          label: broker.sessions.get(task)?.label ?? '',
          name,
          rights: RIGHT_NAMES.filter(([bit]) => (type & bit) !== 0).map(([, word]) => word),
          refs: urefs,
          port: id,
          receiver: port?.owner ?? null,
          senders: port?.senders ?? [],
          queued: port?.msgcount ?? 0,
          qlimit: port?.qlimit ?? 0,
          oldestMs: port?.oldest instanceof Carried ? Math.max(0, now - port.oldest.at) : null,
        };
      }),
    );
}

const RIGHT_NAMES: readonly (readonly [number, string])[] = [
  [TYPE.SEND, 'send'],
  [TYPE.RECEIVE, 'receive'],
  [TYPE.SEND_ONCE, 'send-once'],
  [TYPE.PORT_SET, 'port-set'],
  [TYPE.DEAD_NAME, 'dead-name'],
];
