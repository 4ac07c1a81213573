import type { VmStatus } from '../../driver/index.ts';
import type { Broker } from '../broker.ts';
import type { Memory } from './memory.ts';

/** For `easync vm`: objects with their pagers, and what each task maps. */
export function vmStatus(broker: Broker, memory: Memory): VmStatus {
  const { objects, tasks, futexes, resident, most } = memory.inspect();
  const label = (task: number | null): string => (task === null ? '' : (broker.sessions.get(task)?.label ?? ''));
  const pagers = pagersOf(broker, memory.ownTask);
  return {
    pageBytes: broker.limits.pageBytes,
    resident,
    most,
    objects: objects.map((object) => {
      const pager = pagers.get(memory.portOf(object.object)) ?? null;
      return { ...object, pager, pagerLabel: label(pager) };
    }),
    futexes: futexes.map((futex) => ({ ...futex, ownerLabel: label(futex.owner) })),
    regions: tasks.flatMap(({ task, regions }) => regions.map((region) => ({ task, label: label(task), ...region }))),
  };
}

/** Which task receives from each port that the broker's own task has a right to, by its name there. */
function pagersOf(broker: Broker, ownTask: number): Map<number, number | null> {
  const { tasks, ports } = broker.kernel.inspect();
  const owners = new Map(ports.map(({ port, owner }) => [port, owner]));
  const own = tasks.find(({ task }) => task === ownTask);
  return new Map((own?.names ?? []).map(({ name, port }) => [name, port === null ? null : (owners.get(port) ?? null)]));
}
