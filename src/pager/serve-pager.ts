import { type Driver, instantiate, portOf, serve, type Service } from '../driver/index.ts';
import { type PagerDriver, pagerOn, type PagerRoutines } from './define-pager.ts';
import type { Attachment } from './objects.ts';
import { Pager } from './pager-subsystem.ts';

/** A pager that runs: what answers its routines on each of its brokers, in the order in which they were given. */
export type ServedPager = {
  readonly services: readonly [Service, ...Service[]];
  /** Settles once it has ended. */
  readonly ended: Promise<void>;
  /** Stores what was written, gives its names back, and ends. */
  end(): Promise<void>;
};

/** Runs a pager in this process for several brokers: the same objects, and one that decides who has which page of them. */
export async function servePager(
  pager: PagerDriver,
  [first, ...others]: readonly [Attachment, ...Attachment[]],
  { name, options }: { name: string; options?: unknown },
): Promise<ServedPager> {
  const services: Service[] = [];
  const driver: Driver<PagerRoutines> = pagerOn(pager, others, (handlersFor) => {
    for (const other of others) services.push(serve(other.task, `${name}:pager`, Pager, handlersFor(other)));
  });
  const names = first.names === null ? null : portOf(first.names);
  const instance = await instantiate(first.task, driver as unknown as Driver, name, options, names);
  return {
    services: [instance.service, ...services],
    ended: instance.ended,
    async end() {
      for (const service of services) service.close();
      await instance.end();
    },
  };
}
