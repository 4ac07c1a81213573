import { type Driver, instantiate, portOf, serve, type Service } from '../driver/index.ts';
import { deferred } from '../task/index.ts';
import { type PagerDriver, pagerOn, type PagerRoutines, type Serving } from './define-pager.ts';
import type { Attachment } from './objects.ts';
import { Pager } from './pager-subsystem.ts';

/** A pager that runs: what answers its routines on each of its brokers, in the order in which they were given. */
export type ServedPager = {
  readonly services: readonly Service[];
  /** Serves one more broker, or one that was started again. */
  attach(attachment: Attachment): Promise<Service>;
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
  const started = deferred<Serving>();
  const serveOn = (serving: Serving, to: Attachment): Service => {
    const service = serve(to.task, `${name}:pager`, Pager, serving.handlersFor(to));
    services.push(service);
    return service;
  };
  const driver: Driver<PagerRoutines> = pagerOn(pager, others, (serving) => {
    for (const other of others) serveOn(serving, other);
    started.resolve(serving);
  });
  const names = first.names === null ? null : portOf(first.names);
  const instance = await instantiate(first.task, driver as unknown as Driver, name, options, names);
  return {
    services: [instance.service, ...services],
    async attach(attachment) {
      const serving = await started.promise;
      await serving.attach(attachment);
      return serveOn(serving, attachment);
    },
    ended: instance.ended,
    async end() {
      for (const service of services) service.close();
      await instance.end();
    },
  };
}
